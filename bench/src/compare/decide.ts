import type { Estimate } from "../statistics/interval.ts";

/** What can be said of a ratio of times. */
export type Decision = "faster" | "slower" | "equivalent" | "inconclusive";

/**
 * Decides by a ratio's interval: wholly beyond the band it is slower or faster, else wholly inside the
 * margin equivalent, else inconclusive. A difference that is sure is told even where the margin would have
 * room for it: small ones add up from one change to the next.
 *
 * @param band - at least 1: what is added to the interval so that twins do not come out different
 * @param marginRatio - at least 1: what is as good as equal, declared before measuring
 */
export function decide({ low, high }: Estimate, band: number, marginRatio: number): Decision {
  if (low === null || high === null) return "inconclusive";
  if (low > band) return "slower";
  if (1 / high > band) return "faster";
  return 1 / low < marginRatio && high < marginRatio ? "equivalent" : "inconclusive";
}
