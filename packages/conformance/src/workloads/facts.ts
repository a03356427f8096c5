import type { Contender, Launcher } from "@ticketlock/core";

export interface Facts {
  readonly index: number;
  readonly count: number;
  readonly seed: number;
  readonly aborted: boolean;
  readonly runtime: Launcher["runtime"];
  /** What its clock said when it began, and how well it knows the owner's; as texts, since JSON knows no such numbers. */
  readonly beganNs: string;
  readonly clockErrorNs: number;
}

/** What a contender knows about itself; the owner learns when it begins and ends. */
export default async function facts(contender: Contender): Promise<Facts> {
  const { index, count, seed, signal } = contender;
  await contender.channel.request("begin", index);
  const beganNs = String(contender.nowNs());
  await contender.channel.request("end", index);
  const { clockErrorNs } = contender;
  return { index, count, seed, aborted: signal.aborted, runtime: runtime(), beganNs, clockErrorNs };
}

function runtime(): Facts["runtime"] {
  if ("Deno" in globalThis) return "deno";
  return "Bun" in globalThis ? "bun" : "node";
}
