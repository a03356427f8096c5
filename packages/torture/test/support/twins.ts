import { fileURLToPath } from "node:url";
import type { AdapterEntry } from "@ticketlock/harness";
import type { Finding } from "../../src/check/check-round.ts";
import { type Catalogue, readCatalogue } from "../../src/plan/catalogue.ts";
import type { RoundPlan } from "../../src/plan/round-plan.ts";
import { selectedRounds } from "../../src/plan/selection.ts";
import { BaseFolder } from "../../src/run/base-folder.ts";
import { RoundPlayer } from "../../src/run/round-player.ts";

/** The adapters whose locks and stores have one thing wrong each are the conformance suite's. */
const FOLDER = new URL("../../../conformance/test/broken/", import.meta.url);

export function brokenEntry(name: string): AdapterEntry {
  return {
    name,
    packageName: name,
    directory: fileURLToPath(FOLDER),
    moduleUrl: new URL(`${name}.ts`, FOLDER).href,
    runtime: "node",
    flags: [],
  };
}

export interface Hunt {
  readonly entry: AdapterEntry;
  /** The one kind of lock, and of store, that rounds are drawn with; no store: they count. */
  readonly lock: string;
  readonly store?: string | undefined;
  readonly seed: number;
  readonly selects: (plan: RoundPlan) => boolean;
  /** So many rounds at most. */
  readonly rounds: number;
  readonly limitMs: number;
}

export interface Hunted {
  readonly rounds: number;
  readonly findings: readonly Finding[];
  /** Of the last round. */
  readonly plan: RoundPlan | undefined;
}

/** Plays selected rounds of a seed until something is found, or so many were played. */
export async function hunt(given: Hunt): Promise<Hunted> {
  const { seed, selects, rounds, limitMs } = given;
  const catalogue = await catalogueOf(given);
  const base = new BaseFolder();
  const signal = new AbortController().signal;
  const player = new RoundPlayer({ catalogue, base, signal, limitMs });
  const findings: Finding[] = [];
  let played = 0;
  let last: RoundPlan | undefined;
  try {
    for (const plan of selectedRounds(seed, 0, catalogue.casts, selects)) {
      if (played === rounds || findings.length > 0) break;
      await player.play([plan], Infinity, (round) => {
        findings.push(...round.findings);
        played++;
        last = plan;
      });
    }
    return { rounds: played, findings, plan: last };
  } finally {
    base.remove();
  }
}

async function catalogueOf({ entry, lock, store }: Hunt): Promise<Catalogue> {
  const { casts, entries } = await readCatalogue([entry]);
  const narrowed = casts.map((cast) => ({
    ...cast,
    locks: cast.locks.filter(({ kind }) => kind === lock),
    stores: cast.stores.filter(({ kind }) => kind === store),
  }));
  return { casts: narrowed, entries };
}

/** Plays a round as it is written, whatever would have been drawn. */
export async function playDirected(
  entry: AdapterEntry,
  plan: RoundPlan,
  limitMs: number,
): Promise<Hunted> {
  const catalogue = await readCatalogue([entry]);
  const base = new BaseFolder();
  const player = new RoundPlayer({
    catalogue,
    base,
    signal: new AbortController().signal,
    limitMs,
  });
  const findings: Finding[] = [];
  const directed = { ...plan, cast: entry.name };
  try {
    await player.play([directed], Infinity, (round) => findings.push(...round.findings));
    return { rounds: 1, findings, plan: directed };
  } finally {
    base.remove();
  }
}
