import { CONFIDENCE, type Estimate } from "../statistics/interval.ts";
import { holmLevels } from "../statistics/holm-levels.ts";
import { levelBeyond, type LogRatio, ratioWithin } from "../statistics/log-ratio.ts";

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
