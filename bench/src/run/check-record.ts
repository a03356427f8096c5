import { encodeHistogram, mergeHistograms } from "../statistics/percentiles.ts";
import { sum } from "../statistics/total.ts";
import type { CheckRecord, WindowRecord } from "./block.ts";
import type { WindowOutput } from "./window.ts";

/** What the contenders' check windows found, together. */
export function checkRecord(
  outputs: readonly WindowOutput[],
  lostUpdates: number,
  sampleEvery: number,
): CheckRecord {
  const histograms = outputs.map((output) => output.histogram).filter((text) => text !== "");
  return {
    operations: sum(outputs.map((output) => output.allOperations)),
    overlaps: sum(outputs.map((output) => output.overlaps)),
    overlapTrials: sum(outputs.map((output) => output.overlapTrials)),
    tokensOutOfOrder: sum(outputs.map((output) => output.tokensOutOfOrder)),
    lostUpdates,
    sampleEvery,
    histogram: encodeHistogram(mergeHistograms(histograms)),
  };
}

/** A timed operation reads the clock twice, 0.1 to 0.2 us each: one every 4 us is little enough. */
const SAMPLE_EVERY_NS = 4_000;

/** How many operations apart samples are, from what the throughput windows took. */
export function sampleEveryFor(records: readonly WindowRecord[]): number {
  const contenders = records[0]?.shares.filter((share) => share > 0).length ?? 1;
  const operationNs =
    contenders * (sum(records.map((record) => record.nsPerOperation)) / records.length);
  return Math.max(1, Math.ceil(SAMPLE_EVERY_NS / operationNs));
}
