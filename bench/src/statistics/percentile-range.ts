import type { Histogram } from "hdr-histogram-js";

/** Two ends, both included. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * The smallest and the largest of the blocks' own percentiles; the percentile of all blocks together as measured lies
 * between them. It is told in place of an interval: with five blocks a bootstrap promises 95 % and holds less than 90,
 * while this range promises nothing, and holds the percentile of a block in the middle of all in 15 of 16 runs
 * (1 - 2 / 2^5), whatever the distribution; with twelve blocks nearly always. What it holds less often with five is
 * the true 99th percentile of all blocks that there could be, which the slow ones among them make. That it grows with
 * the number of blocks is its price.
 *
 * @param blocks - a histogram of each
 * @param percent - above 0, below 100
 * @returns null with one block, and where some block has no sample beyond the percentile
 */
export function percentileRange(blocks: readonly Histogram[], percent: number): Range | null {
  if (blocks.length < 2) return null;
  if (blocks.some(({ totalCount }) => totalCount * (100 - percent) < 100)) return null;
  const values = blocks.map((block) => block.getValueAtPercentile(percent));
  return { low: Math.min(...values), high: Math.max(...values) };
}
