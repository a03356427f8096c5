import type { Histogram } from "hdr-histogram-js";
import type { BlockResult } from "../run/block.ts";
import { fairnessOverWindows } from "../statistics/fairness.ts";
import { type Estimate, geometricEstimate } from "../statistics/interval.ts";
import { percentileRange, type Range } from "../statistics/percentile-range.ts";
import { total } from "../statistics/total.ts";
import { rates } from "../run/rates.ts";
import { duration } from "./format.ts";

/** Between which values blocks lie in a percentile; as text behind it, empty where there is no range. */
export function percentileRangeText(
  blocks: readonly Histogram[],
  percent: number,
  text: (value: number) => string = duration,
): string {
  return rangeText(percentileRange(blocks, percent), text);
}

/** The blocks' median windows: their least and their most even. */
export function jainRangeText(blocks: readonly BlockResult[]): string {
  if (blocks.length < 2) return "";
  const medians = blocks.map(
    ({ windows }) =>
      fairnessOverWindows(windows.map(({ shares, spansNs }) => rates(shares, spansNs))).jain,
  );
  return rangeText({ low: Math.min(...medians), high: Math.max(...medians) }, (jain) =>
    jain.toFixed(3),
  );
}

/** CPU seconds per operation with its interval over blocks; null where some block does not tell. */
export function cpuEstimate(blocks: readonly BlockResult[]): Estimate | null {
  const each = blocks.map(({ windows }) =>
    windows.some(({ cpuUs }) => cpuUs === null)
      ? 0
      : total(windows, ({ cpuUs }) => cpuUs ?? 0) /
        1e6 /
        total(windows, ({ allOperations }) => allOperations),
  );
  return each.every((seconds) => seconds > 0 && Number.isFinite(seconds))
    ? geometricEstimate(each)
    : null;
}

function rangeText(range: Range | null, text: (value: number) => string): string {
  return range === null ? "" : ` (blocks: ${text(range.low)} to ${text(range.high)})`;
}
