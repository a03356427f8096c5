import type { Contender } from "@ticketlock/core";
import { rest } from "../kit/limit.ts";
import { take, type Way } from "../kit/taking.ts";

export interface WaitInTurnInput {
  readonly way: Way;
}

/** Joins the line when the owner says so, tells the owner when it is granted, and releases. */
export default async function waitInTurn(
  contender: Contender,
  { way }: WaitInTurnInput,
): Promise<number> {
  const { channel, index } = contender;
  while ((await channel.request("is it my turn", index)) !== true) await rest();
  const guard = await take(contender.lock(), way, 0);
  await channel.request("granted", guard.token);
  await guard.release();
  return guard.token;
}
