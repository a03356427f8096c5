import { mean } from "../statistics/interval.ts";
import type { BlockResult } from "./block.ts";
import { nsPerOperation } from "./rates.ts";

/**
 * A block as it would be had each of its windows taken so much longer for what was done in it that this comes out as
 * the mean: for planting what must be found. Its parts agree, as those of a measured block do.
 *
 * @param meanNs - positive
 */
export function withMean(block: BlockResult, meanNs: number): BlockResult {
  const factor = meanNs / block.meanNs;
  const windows = block.windows.map((window) => {
    const spansNs = window.spansNs.map((spanNs) => spanNs * factor);
    return {
      ...window,
      spansNs,
      wallNs: window.wallNs * factor,
      nsPerOperation: nsPerOperation(window.shares, spansNs),
    };
  });
  return { ...block, windows, meanNs: mean(windows.map((window) => window.nsPerOperation)) };
}
