import type { Estimate } from "../statistics/interval.ts";

/**
 * The least ratio that would have been told from 1, had it come out with intervals as wide as these, all of which must
 * lie beyond the band; null where none would, since one of them is not there.
 */
export function leastFound(intervals: readonly (Estimate | null)[], band: number): number | null {
  const widths = intervals.map((estimate) =>
    estimate === null || estimate.low === null || estimate.high === null
      ? Infinity
      : Math.sqrt(estimate.high / estimate.low),
  );
  const least = band * Math.max(...widths);
  return Number.isFinite(least) ? least : null;
}
