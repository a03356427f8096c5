import { fileURLToPath } from "node:url";
import type { AdapterEntry } from "@ticketlock/harness";
import type { Finding } from "../../src/check/check-round.ts";
import { type Catalogue, readCatalogue } from "../../src/plan/catalogue.ts";
import type { RoundPlan } from "../../src/plan/round-plan.ts";
import { selectedRounds } from "../../src/plan/selection.ts";
import { BaseFolder } from "../../src/run/base-folder.ts";
import { RoundPlayer } from "../../src/run/round-player.ts";
import type { Twin } from "./twin-table.ts";

/** Something that never happens is told from something slow. */
export const LIMIT_MS = 6_000;
export const TEST_LIMIT_MS = 400_000;
export const SEED = 1;

/** The adapters whose locks and stores have one thing wrong each are the conformance suite's. */
export const BROKEN: URL = new URL("../../../conformance/test/broken/", import.meta.url);

export function brokenEntry(name: string): AdapterEntry {
  return {
    name,
    packageName: name,
    directory: fileURLToPath(BROKEN),
    moduleUrl: new URL(`${name}.ts`, BROKEN).href,
    runtime: "node",
    flags: [],
  };
}

/** One adapter of each runtime, whose locks have something wrong as soon as several meet. */
export function brokenRuntimesEntries(): AdapterEntry[] {
  return (["node", "deno", "bun"] as const).map((runtime) => ({
    ...brokenEntry(`runtimes/${runtime}`),
    runtime,
    flags: runtime === "deno" ? ["--allow-all"] : [],
  }));
}

export interface Hunt {
  /** Whose contenders meet. */
  readonly entries: readonly AdapterEntry[];
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

const known = new Map<string, Promise<Catalogue>>();

/** Asking what is declared starts a process, and the answer is the same each time. */
function catalogued(entries: readonly AdapterEntry[]): Promise<Catalogue> {
  const key = entries.map(({ name }) => name).join();
  const asked = known.get(key) ?? readCatalogue(entries);
  known.set(key, asked);
  return asked;
}

async function catalogueOf({ entries: given, lock, store }: Hunt): Promise<Catalogue> {
  const { casts, entries } = await catalogued(given);
  const whole = casts.filter(({ adapters }) => adapters.length === given.length);
  const narrowed = whole.map((cast) => ({
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
  const catalogue = await catalogued([entry]);
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

/** The adapters of a twin, by its name in the table. */
export function entriesOf(adapter: string): AdapterEntry[] {
  return adapter === "runtimes" ? brokenRuntimesEntries() : [brokenEntry(adapter)];
}

/** Plays a twin's rounds until something is found, or so many were played. */
export function huntFor(
  { adapter, lock, store, faults, selects: chooses = () => true }: Omit<Twin, "says">,
  rounds: number,
  limitMs: number,
): Promise<Hunted> {
  const selects = (plan: RoundPlan): boolean => faults.includes(plan.fault) && chooses(plan);
  return hunt({ entries: entriesOf(adapter), lock, store, seed: SEED, selects, rounds, limitMs });
}

/** What was found, as text. */
export function sentences({ findings }: Pick<Hunted, "findings">): string[] {
  return findings.map(({ promise, sentence }) => `${promise}: ${sentence}`);
}
