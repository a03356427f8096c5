import type { Contender } from "@ticketlock/core";
import { pauseBetweenAtomicSteps } from "../kit/pauses.ts";
import { take, type Way } from "../kit/taking.ts";

export interface WaitOnceInput {
  readonly ways: readonly Way[];
  /** Pauses at random between the lock's atomic steps. */
  readonly pauses: boolean;
}

/** Waits for the lock, tells the owner when it is granted, and releases. */
export default async function waitOnce(
  contender: Contender,
  { ways, pauses }: WaitOnceInput,
): Promise<boolean> {
  const way = ways[contender.index % ways.length]!;
  const end = pauses ? pauseBetweenAtomicSteps(contender.seed) : (): void => {};
  try {
    const guard = await take(contender.lock(), way, 0);
    await contender.channel.request("granted", guard.token);
    await guard.release();
  } finally {
    end();
  }
  return true;
}
