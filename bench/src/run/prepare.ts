import os from "node:os";
import { isTicketlockError, TicketlockError } from "@ticketlock/core";
import {
  type AdapterEntry,
  findAdapter,
  listAdapters,
  runJob,
  runtimes,
} from "@ticketlock/harness";
import type { QuickResult } from "@ticketlock/conformance";
import type { ConformanceInput } from "../jobs/conformance.ts";
import { usageError } from "../cli/usage-error.ts";
import type { CatalogueEntry } from "../plan/catalogue.ts";
import type { Selection } from "../plan/candidates.ts";
import type { ConformanceRow } from "../report/report.ts";
import { OWN_JOBS } from "./bench-jobs.ts";

const CONFORMANCE_LIMIT_MS = 120_000;
/** What a job prints goes nowhere: between blocks only the bench speaks, and an error carries its own message. */
const quiet = (): void => {};

/** Whose contenders compete in one session: mostly those of one adapter; several start theirs in turn. */
export interface Cast {
  /** The adapter's name; of several, `A+B`. */
  readonly name: string;
  readonly entries: readonly AdapterEntry[];
}

/**
 * The adapters that were asked for, or each one of the workspace; `A+B` asks for both in one session.
 * @throws {TicketlockError} `ADAPTER_NOT_FOUND` naming those there are.
 */
export function chooseAdapters(root: string, names: readonly string[] | undefined): Cast[] {
  const casts =
    names === undefined
      ? byRuntime(listAdapters(root)).map((entry) => [entry])
      : names.map((name) => name.split("+").map((one) => findAdapter(one, { root })));
  if (casts.length === 0)
    throw usageError("Cannot measure anything: the workspace has no adapter.");
  return casts.map((entries) => ({ name: entries.map(({ name }) => name).join("+"), entries }));
}

/** The flags with which a process of each adapter's runtime is started, by adapter. */
export function flagsOf(casts: readonly Cast[]): Record<string, readonly string[]> {
  const entries = casts.flatMap((cast) => cast.entries);
  return Object.fromEntries(entries.map(({ name, flags }) => [name, flags]));
}

/** Where a run has no time for all, those come first whose runtime most people have. */
function byRuntime(entries: readonly AdapterEntry[]): AdapterEntry[] {
  return runtimes.flatMap((runtime) => entries.filter((entry) => entry.runtime === runtime));
}

/**
 * Asks adapters, in the runtime of each cast's first, what they declare. Those that start no contenders are left out.
 * @param job - that of the tree which the adapters are of
 */
export async function readCatalogue(
  casts: readonly Cast[],
  signal: AbortSignal,
  job: URL = OWN_JOBS.catalogue,
): Promise<CatalogueEntry[]> {
  const answers = await inParallel(casts, signal, (cast, joined) => ask(cast, joined, job));
  return answers.filter((answer) => answer !== null);
}

async function ask(
  { name, entries }: Cast,
  signal: AbortSignal,
  job: URL,
): Promise<CatalogueEntry | null> {
  const answer = (asked: readonly AdapterEntry[]): Promise<CatalogueEntry | null> =>
    runJob(asked, job, null, { signal, stderr: quiet }) as Promise<CatalogueEntry | null>;
  try {
    const whole = await answer(entries);
    if (whole === null) return null;
    // Each runtime knows its own version only.
    const versions = { ...whole.versions };
    for (const entry of firstOfEachRuntime(entries).slice(1))
      Object.assign(versions, (await answer([entry]))?.versions);
    return { ...whole, versions };
  } catch (error) {
    signal.throwIfAborted();
    if (isTicketlockError(error, "USAGE")) throw error;
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new TicketlockError("ADAPTER_INVALID", `Cannot load the adapter ${name}: ${why}`);
  }
}

function firstOfEachRuntime(entries: readonly AdapterEntry[]): AdapterEntry[] {
  return [...Map.groupBy(entries, ({ runtime }) => runtime).values()].map(([first]) => first!);
}

/** @throws {TicketlockError} `USAGE` if a lock or store was asked for that no chosen adapter has, or too few contenders. */
export function checkSelection(
  catalogue: readonly CatalogueEntry[],
  { locks, stores, contenders = [Infinity] }: Selection,
): void {
  const starved = catalogue.find(({ launchers }) => Math.max(...contenders) < launchers);
  if (starved !== undefined)
    throw usageError(
      `Cannot measure ${starved.adapter} with ${contenders.join(" or ")} contenders: its adapters start one in turn. Allowed: ${starved.launchers} and more.`,
    );
  const known = (kinds: readonly { readonly kind: string }[]): string[] => [
    ...new Set(kinds.map(({ kind }) => kind)),
  ];
  const check = (
    what: string,
    wanted: readonly string[] = [],
    allowed: readonly string[],
  ): void => {
    const unknown = wanted.find((kind) => !allowed.includes(kind));
    if (unknown !== undefined)
      throw usageError(`Cannot measure the ${what} ${unknown}. Allowed: ${allowed.join(", ")}.`);
  };
  const exclusive = catalogue.flatMap((entry) =>
    entry.locks.filter(({ guarantees }) => guarantees.exclusive),
  );
  check("lock", locks, known(exclusive));
  check("store", stores, known(catalogue.flatMap((entry) => entry.stores)));
}

/**
 * Runs the quick conformance suite over one kind of lock, in a process of its own, with so many contenders in an ordinary case.
 * @param job - that of the tree which the adapter is of
 */
export async function checkConformance(
  entry: AdapterEntry,
  lock: string,
  contenders: number,
  signal: AbortSignal,
  job: URL = OWN_JOBS.conformance,
): Promise<ConformanceRow> {
  try {
    const result = (await runJob(
      entry,
      job,
      { kind: lock, contenders } satisfies ConformanceInput,
      { signal, limitMs: CONFORMANCE_LIMIT_MS, stderr: quiet },
    )) as QuickResult;
    return { adapter: entry.name, lock, ...result };
  } catch (error) {
    signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    return { adapter: entry.name, lock, passed: 0, failed: 1, failures: [message.split("\n")[0]!] };
  }
}

/**
 * For what is done before anything is measured: as many at once as there are cores, results in order. What fails
 * first calls the others off and begins nothing more; it is thrown once all have come to their end.
 *
 * @param work - must end early once its signal aborts
 * @throws what failed first, or the signal's reason
 */
export async function inParallel<T, R>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const worker = async (): Promise<void> => {
    for (const [i, item] of left) {
      either.throwIfAborted();
      results[i] = await work(item, either);
    }
  };
  const workers = Array.from({ length: os.availableParallelism() }, () =>
    worker().catch((error: unknown) => failed.abort(error)),
  );
  await Promise.all(workers);
  signal.throwIfAborted();
  failed.signal.throwIfAborted();
  return results;
}
