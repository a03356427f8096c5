import { CONFIDENCE, type Estimate } from "../statistics/interval.ts";
import { holmLevels } from "../statistics/holm-levels.ts";
import { levelBeyond, type LogRatio, ratioWithin } from "../statistics/log-ratio.ts";

/** What can be said of a ratio of times. */
export type Decision = "faster" | "slower" | "equivalent" | "inconclusive";

/**
 * The intervals of a family of ratios at levels by which, where all differences are noise, the chance that
 * any interval lies wholly beyond the band is 5 % at most (Holm). `null` stands for a ratio that cannot be
 * judged; it counts as one of the family all the same, so that the others' levels do not depend on it.
 */
export function familyIntervals(
  ratios: readonly (LogRatio | null)[],
  band: number,
): (Estimate | null)[] {
  const levels = holmLevels(
    ratios.map((ratio) => (ratio === null ? 1 : levelBeyond(ratio, band))),
    1 - CONFIDENCE,
  );
  return ratios.map((ratio, i) => (ratio === null ? null : ratioWithin(ratio, 1 - levels[i]!)));
}

/**
 * Decides by a ratio's interval: wholly beyond the noise band it is slower or faster, else wholly inside the
 * margin equivalent, else inconclusive. A difference that is sure is told even where the margin would have
 * room for it: small ones add up from one change to the next.
 *
 * @param band - at least 1: what is noise
 * @param marginRatio - at least 1: what is as good as equal, declared before measuring
 */
export function decide({ low, high }: Estimate, band: number, marginRatio: number): Decision {
  if (low === null || high === null) return "inconclusive";
  if (low > band) return "slower";
  if (1 / high > band) return "faster";
  return 1 / low < marginRatio && high < marginRatio ? "equivalent" : "inconclusive";
}
