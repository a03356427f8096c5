import { decide } from "../../../compare/decide.ts";
import { holmLevels } from "../../../statistics/holm-levels.ts";
import type { RatioWithin } from "../../ratio-words.ts";
import type { LogMeans, RowMeans } from "./log-means.ts";
import { chanceBeyond, studentAt } from "./student.ts";

/** A ratio as far as its family tells: not apart means a tie. */
export interface JudgedRow {
  readonly ratio: RatioWithin;
  readonly isApart: boolean;
}

/** Logarithm of a ratio; no error where either side has one block only. */
interface LogDifference {
  readonly value: number;
  readonly error: number | null;
  readonly freedom: number;
}

const FAMILY_ALPHA = 0.05;
/** With fewer undisturbed blocks all blocks decide. */
const LEAST_CLEAN = 3;

/**
 * What `judgePairs` says of such pairs, by a page that has means and variances only.
 *
 * @param band - what is added to each interval
 * @param floor - a smaller ratio says nothing
 */
export function judgeRows(
  pairs: readonly (readonly [above: RowMeans, below: RowMeans])[],
  band: number,
  floor: number,
): JudgedRow[] {
  const all = familyRatios(
    pairs.map(([above, below]) => differenceOf(above.all, below.all)),
    band,
  );
  const clean = familyRatios(
    pairs.map(([above, below]) =>
      Math.min(above.clean.blocks, below.clean.blocks) < LEAST_CLEAN
        ? null
        : differenceOf(above.clean, below.clean),
    ),
    band,
  );
  return all.map((ratio, i) => {
    const side = sideOfRatio(ratio!, band, floor);
    const undisturbed = clean[i]!;
    const isGainsaid = undisturbed !== null && sideOfRatio(undisturbed, band, floor) !== side;
    return { ratio: ratio!, isApart: side !== "" && !isGainsaid };
  });
}

function differenceOf(above: LogMeans, below: LogMeans): LogDifference {
  const value = above.mean - below.mean;
  if (above.blocks < 2 || below.blocks < 2) return { value, error: null, freedom: 0 };
  const a = above.variance / above.blocks;
  const b = below.variance / below.blocks;
  const freedom = (a + b) ** 2 / (a ** 2 / (above.blocks - 1) + b ** 2 / (below.blocks - 1));
  return { value, error: Math.sqrt(a + b), freedom };
}

function familyRatios(
  differences: readonly (LogDifference | null)[],
  band: number,
): (RatioWithin | null)[] {
  const levels = holmLevels(
    differences.map((difference) => (difference === null ? 1 : levelOf(difference, band))),
    FAMILY_ALPHA,
  );
  return differences.map((difference, i) =>
    difference === null ? null : ratioAt(difference, levels[i]!),
  );
}

/** At which the interval just touches the band. */
function levelOf({ value, error, freedom }: LogDifference, band: number): number {
  const beyond = Math.abs(value) - Math.log(band);
  if (beyond <= 0 || error === null) return 1;
  return error === 0 ? 0 : chanceBeyond(beyond / error, freedom);
}

function ratioAt({ value, error, freedom }: LogDifference, level: number): RatioWithin {
  const ratio = Math.exp(value);
  if (error === null) return { value: ratio, low: null, high: null };
  const factor = error === 0 ? 1 : Math.exp(studentAt(level, freedom) * error);
  return { value: ratio, low: ratio / factor, high: ratio * factor };
}

function sideOfRatio(ratio: RatioWithin, band: number, floor: number): string {
  if (Math.max(ratio.value, 1 / ratio.value) <= floor) return "";
  const decision = decide({ ...ratio, blocks: 0 }, band, 1);
  return decision === "slower" || decision === "faster" ? decision : "";
}
