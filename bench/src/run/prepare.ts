import { TicketlockError } from "@ticketlock/core";
import { type AdapterEntry, findAdapter, listAdapters, runJob } from "@ticketlock/harness";
import type { QuickResult } from "@ticketlock/conformance";
import { usageError } from "../cli/usage-error.ts";
import type { CatalogueEntry } from "../plan/catalogue.ts";
import type { Selection } from "../plan/candidates.ts";
import type { ConformanceRow } from "../report/report.ts";

const CATALOGUE_JOB = new URL("../jobs/catalogue.ts", import.meta.url);
const CONFORMANCE_JOB = new URL("../jobs/conformance.ts", import.meta.url);
const CONFORMANCE_LIMIT_MS = 120_000;
/** What a job prints goes nowhere: between blocks only the bench speaks, and an error carries its own message. */
const quiet = (): void => {};

/** The adapters that were asked for, or all. @throws {TicketlockError} `ADAPTER_NOT_FOUND` naming those there are. */
export function chooseAdapters(root: string, names: readonly string[] | undefined): AdapterEntry[] {
  const entries =
    names === undefined ? listAdapters(root) : names.map((name) => findAdapter(name, { root }));
  if (entries.length === 0)
    throw usageError("Cannot measure anything: the workspace has no adapter.");
  return entries;
}

/** Asks each adapter in its own runtime what it declares. Those that start no contenders are left out. */
export async function readCatalogue(
  entries: readonly AdapterEntry[],
  signal: AbortSignal,
): Promise<CatalogueEntry[]> {
  const found: CatalogueEntry[] = [];
  for (const entry of entries) {
    const answer = await ask(entry, signal);
    if (answer !== null) found.push(answer);
  }
  return found;
}

async function ask(entry: AdapterEntry, signal: AbortSignal): Promise<CatalogueEntry | null> {
  try {
    return (await runJob(entry, CATALOGUE_JOB, null, {
      signal,
      stderr: quiet,
    })) as CatalogueEntry | null;
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new TicketlockError("ADAPTER_INVALID", `Cannot load the adapter ${entry.name}: ${why}`);
  }
}

/** @throws {TicketlockError} `USAGE` if a lock or store was asked for that no chosen adapter has. */
export function checkSelection(
  catalogue: readonly CatalogueEntry[],
  { locks, stores }: Selection,
): void {
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

/** Runs the quick conformance suite over one kind of lock, in a process of its own. */
export async function checkConformance(
  entry: AdapterEntry,
  lock: string,
  signal: AbortSignal,
): Promise<ConformanceRow> {
  try {
    const result = (await runJob(
      entry,
      CONFORMANCE_JOB,
      { kind: lock },
      { signal, limitMs: CONFORMANCE_LIMIT_MS, stderr: quiet },
    )) as QuickResult;
    return { adapter: entry.name, lock, ...result };
  } catch (error) {
    signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    return { adapter: entry.name, lock, passed: 0, failed: 1, failures: [message.split("\n")[0]!] };
  }
}
