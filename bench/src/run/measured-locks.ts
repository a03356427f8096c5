import type { AdapterEntry } from "@ticketlock/harness";
import type { CatalogueEntry } from "../plan/catalogue.ts";
import type { Cell } from "../plan/cell.ts";
import type { ConformanceRow } from "../report/report.ts";
import { OWN_JOBS } from "./bench-jobs.ts";
import { type Cast, checkConformance, inParallel } from "./prepare.ts";

/** Milliseconds that one run of the quick conformance suite takes, for each contender of an ordinary case: adapters and locks keep all cores busy. */
export const CONFORMANCE_CONTENDER_MS = 750;

/** A kind of lock that a cast is measured with, and one of the cast's adapters, which must have passed the suite with it. */
export interface MeasuredLock {
  readonly cast: string;
  readonly entry: AdapterEntry;
  readonly lock: string;
}

/** The locks that cells measure and that promise exclusion: in a mixed session with each adapter that starts contenders. */
export function measuredLocks(
  cells: readonly Cell[],
  catalogue: readonly CatalogueEntry[],
  casts: readonly Cast[],
): MeasuredLock[] {
  return catalogue.flatMap(({ adapter, locks }) => {
    const used = new Set(cells.filter((cell) => cell.adapter === adapter).map(({ lock }) => lock));
    const { entries } = casts.find(({ name }) => name === adapter)!;
    return locks
      .filter(({ kind, guarantees }) => used.has(kind) && guarantees.exclusive)
      .flatMap(({ kind }) => entries.map((entry) => ({ cast: adapter, entry, lock: kind })));
  });
}

/** The names of the runs of the suite that a cell's lock must have passed. */
export function checksOf(cell: Cell, locks: readonly MeasuredLock[]): string[] {
  return locks.filter((one) => isOf(one, cell)).map(checkName);
}

/** Runs the quick conformance suite over locks, once over each adapter's. @param job - that of the adapters' tree */
export function checkLocks(
  locks: readonly MeasuredLock[],
  contenders: number,
  signal: AbortSignal,
  say: (line: string) => void,
  job: URL = OWN_JOBS.conformance,
): Promise<ConformanceRow[]> {
  // Two casts may have an adapter in common.
  const checks = new Map(locks.map((one) => [checkName(one), one]));
  return inParallel([...checks.values()], signal, async ({ entry, lock }, joined) => {
    const row = await checkConformance(entry, lock, contenders, joined, job);
    say(
      `Conformance of ${row.adapter} ${lock}: ${row.passed} passed, ${row.failed} failed${row.failed > 0 ? `: ${row.failures[0]}` : ""}`,
    );
    return row;
  });
}

/** True if a cell's lock failed the suite with any of the adapters that it is measured with. */
export function hasFailed(
  cell: Cell,
  locks: readonly MeasuredLock[],
  rows: readonly ConformanceRow[],
): boolean {
  return locks
    .filter((one) => isOf(one, cell))
    .some(({ entry, lock }) =>
      rows.some((row) => row.failed > 0 && row.adapter === entry.name && row.lock === lock),
    );
}

function isOf({ cast, lock }: MeasuredLock, cell: Cell): boolean {
  return cast === cell.adapter && lock === cell.lock;
}

function checkName({ entry, lock }: MeasuredLock): string {
  return `${entry.name} ${lock}`;
}
