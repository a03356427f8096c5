import type { ReportCell } from "../report/report.ts";
import type { Estimate } from "../statistics/interval.ts";
import { ratioEstimate } from "../statistics/log-ratio.ts";
import { blockMeans } from "./block-means.ts";

/** What the twins of a run, the same cells measured twice, show of its noise. */
export interface NoiseFloor {
  readonly twins: readonly {
    /** Of the first of the two. */
    readonly key: string;
    /** The second one's time over the first one's, with its 95 % interval. */
    readonly ratio: Estimate;
  }[];
  /**
   * At least 1: what is added to each interval, in both directions, so that twins do not come out different. It is
   * no measure of how twins scatter: the wider their intervals, the narrower it is.
   */
  readonly band: number;
  /** At least 1: the largest ratio that twins showed, whichever of the two was slower; 1 without twins. */
  readonly spread: number;
}

/**
 * No band is narrower. Whole runs of one commit on one machine are taken to differ by 1 % (standard deviation)
 * for reasons that all blocks of a run share, and that no interval within it can show: where the kernel lies in
 * memory, how warm the processor is, what else is awake. Of the difference of two runs that is 1.4 %; 3 % is
 * twice as much. The figure `quick-agrees` measures by how much they do.
 */
export const LEAST_BAND = 1.03;

/**
 * The narrowest band, no narrower than `LEAST_BAND`, in which no two twins come out different: it reaches as
 * far as that end of each twins' interval which is nearer to 1.
 *
 * Scatter between blocks is not in it a second time: a ratio's own interval has room for that. What is left is
 * what twins differ by beyond their intervals, and with two to six pairs in a run their standard deviation
 * would be guesswork, while "twins are never called different" can be seen in the table. Twins that have one
 * block each say nothing.
 */
export function noiseFloor(cells: readonly ReportCell[]): NoiseFloor {
  const twins = cells
    .filter((cell) => cell.twin > 0)
    .flatMap((second) => {
      const key = second.key.replace(/\/twin$/, "");
      const first = cells.find((cell) => cell.key === key);
      return first === undefined
        ? []
        : [{ key, ratio: ratioEstimate(blockMeans(second), blockMeans(first)) }];
    });
  return {
    twins,
    band: Math.max(LEAST_BAND, ...twins.map(({ ratio }) => leastFactor(ratio))),
    spread: Math.max(1, ...twins.map(({ ratio: { value } }) => Math.max(value, 1 / value))),
  };
}

/** The smallest factor that the interval has room for; 1 where it holds 1. */
function leastFactor({ low, high }: Estimate): number {
  if (low === null || high === null) return 1;
  return Math.max(1, low, 1 / high);
}
