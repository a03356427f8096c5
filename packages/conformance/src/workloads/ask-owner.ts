import type { Contender } from "@ticketlock/core";
import { errorName } from "../kit/expect.ts";

export interface AskOwnerResult {
  readonly answers: unknown[];
  readonly error: string;
}

/** Asks the owner in many ways: in a row, all at once, and for something that it refuses. */
export default async function askOwner(
  contender: Contender,
  requests: number,
): Promise<AskOwnerResult> {
  const { channel } = contender;
  const answers: unknown[] = [];
  for (let i = 0; i < requests; i++) answers.push(await channel.request("double", i));
  const numbers = Array.from({ length: requests }, (_item, i) => requests + i);
  answers.push(...(await Promise.all(numbers.map((i) => channel.request("double", i)))));
  for (let i = 0; i < requests; i++) channel.send("note", i);
  await contender.meet("everybody has asked");
  await channel.request("met", contender.index);
  const error = await channel.request("refuse", 0).then(() => "none", errorName);
  return { answers, error };
}
