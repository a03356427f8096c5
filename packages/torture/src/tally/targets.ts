import type { TallyRow } from "./tally.ts";

/** How fast the next waiter is to be granted after a holder's death, p99 in milliseconds, on a machine that does nothing else. */
const RECOVERY_P99_MS: Readonly<Record<string, number>> = { mapped: 10, ipc: 25, sqlite: 150 };

/** So many recoveries it takes before one in a hundred says anything. */
const LEAST_RECOVERIES = 100;

/** What a row's recoveries are to stay below, and whether they do; undefined: nothing was promised of them. */
export interface Target {
  readonly p99Ms: number;
  readonly verdict: "met" | "not met" | "too few";
}

/** Judges the recoveries of a row against what is promised of its kind of lock. */
export function targetOf({ promise, lock, recoveriesMs }: TallyRow): Target | undefined {
  const p99Ms = promise === "P2" && lock !== null ? RECOVERY_P99_MS[lock] : undefined;
  if (p99Ms === undefined || recoveriesMs.length === 0) return undefined;
  if (recoveriesMs.length < LEAST_RECOVERIES) return { p99Ms, verdict: "too few" };
  const sorted = recoveriesMs.toSorted((a, b) => a - b);
  return { p99Ms, verdict: nearestRank(sorted, 0.99) <= p99Ms ? "met" : "not met" };
}

/**
 * The smallest of `sorted` that at least a share `p` of them does not exceed (nearest rank: Hyndman and Fan,
 * "Sample Quantiles in Statistical Packages", type 1).
 */
export function nearestRank(sorted: readonly number[], p: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)]!;
}
