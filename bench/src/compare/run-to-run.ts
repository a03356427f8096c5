import type { Report } from "../report/report.ts";
import { logRatio } from "../statistics/log-ratio.ts";
import { mean } from "../statistics/interval.ts";
import { blockMeans } from "./block-means.ts";
import { gatesOf } from "./differences.ts";

/**
 * The standard deviation, on the scale of logarithms (0.01 is about 1 %), of what all blocks of a run share
 * and other runs of the same commit do not. A gate's ratio between two runs scatters by what the blocks'
 * own scatter explains and by twice the square of this; what the blocks explain is taken off. 0 where they
 * explain it all. `null` without a gate that both runs of a pair measured in two blocks or more.
 *
 * @param pairs - two runs each, of one commit on one machine
 */
export function runToRunDeviation(
  pairs: readonly (readonly [a: Report, b: Report])[],
): number | null {
  const beyondBlocks = pairs.flatMap(([a, b]) =>
    gatesOf(a).flatMap((cell) => {
      const same = b.cells.find(({ key }) => key === cell.key);
      if (same === undefined) return [];
      const { value, standardError } = logRatio(blockMeans(same), blockMeans(cell));
      return standardError === null ? [] : [value ** 2 - standardError ** 2];
    }),
  );
  return beyondBlocks.length === 0 ? null : Math.sqrt(Math.max(0, mean(beyondBlocks)) / 2);
}
