import type { Contender } from "@ticketlock/core";
import { take, type Way } from "../kit/taking.ts";

export interface WaitOnceInput {
  readonly ways: readonly Way[];
}

/** Waits for the lock, tells the owner when it is granted, and releases. */
export default async function waitOnce(
  contender: Contender,
  { ways }: WaitOnceInput,
): Promise<boolean> {
  const way = ways[contender.index % ways.length]!;
  const guard = await take(contender.lock(), way, 0);
  await contender.channel.request("granted", guard.token);
  await guard.release();
  return true;
}
