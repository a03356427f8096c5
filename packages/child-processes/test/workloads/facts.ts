import type { Contender } from "@ticketlock/core";

/** What a contender knows of itself, and whether the owner's time lies within what it takes it for. */
export interface Facts {
  readonly index: number;
  readonly input: string;
  readonly runtime: string;
  readonly clockErrorNs: number;
  readonly isClockRight: boolean;
}

export default async function facts(contender: Contender, input: string): Promise<Facts> {
  console.log("printed, and no message");
  process.stdout.write("printed without an end");
  const { index, clockErrorNs } = contender;
  const before = contender.nowNs();
  const owner = BigInt((await contender.channel.request("time", null)) as string);
  const after = contender.nowNs();
  const error = BigInt(clockErrorNs);
  const isClockRight = before - error <= owner && owner <= after + error;
  const runtime = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";
  return { index, input, runtime, clockErrorNs, isClockRight };
}
