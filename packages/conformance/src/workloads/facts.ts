import type { Contender } from "@ticketlock/core";

export interface Facts {
  readonly index: number;
  readonly count: number;
  readonly seed: number;
  readonly aborted: boolean;
}

/** What a contender knows about itself; the owner learns when it begins and ends. */
export default async function facts(contender: Contender): Promise<Facts> {
  const { index, count, seed, signal } = contender;
  await contender.channel.request("begin", index);
  await contender.channel.request("end", index);
  return { index, count, seed, aborted: signal.aborted };
}
