import * as hdr from "hdr-histogram-js";
import { nearestRank } from "./nearest-rank.ts";

/** Percentiles of sampled waits in nanoseconds; `null` where too few samples stand behind one. */
export interface Percentiles {
  readonly samples: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
}

/** Fewer samples than this beyond a percentile, and it says more about luck than about the lock. */
const LEAST_BEYOND = 10;
/** One minute: no wait within a window can be longer. */
const LARGEST_NS = 60_000_000_000;

/** A histogram of nanoseconds with three significant digits, as every contender keeps one. */
export function newHistogram(): hdr.Histogram {
  return hdr.build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LARGEST_NS,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
    useWebAssembly: false,
  });
}

/** Records a wait; what is out of range is kept at the range's end. */
export function recordNs(histogram: hdr.Histogram, ns: number): void {
  histogram.recordValue(Math.max(0, Math.min(LARGEST_NS, Math.round(ns))));
}

/** As text, to travel from a contender to the coordinator and into the report. */
export function encodeHistogram(histogram: hdr.Histogram): string {
  return hdr.encodeIntoCompressedBase64(histogram);
}

/** Adds up histograms of many contenders, windows and blocks. */
export function mergeHistograms(encoded: readonly string[]): hdr.Histogram {
  const histograms = decodeHistograms(encoded);
  // Decoded here, so nobody else has it: adding it to an empty one would only take time.
  return histograms.length === 1 ? histograms[0]! : addHistograms(histograms);
}

/** Each by itself, as `encodeHistogram` wrote it. */
export function decodeHistograms(encoded: readonly string[]): hdr.Histogram[] {
  return encoded.map((each) => hdr.decodeFromCompressedBase64(each));
}

/** All of them as one; they stay as they are. */
export function addHistograms(histograms: readonly hdr.Histogram[]): hdr.Histogram {
  const sum = newHistogram();
  for (const each of histograms) sum.add(each);
  return sum;
}

/** Reads percentiles off a histogram: each only if n(1 - p) is at least 10. */
export function percentilesOf(histogram: hdr.Histogram): Percentiles {
  return percentilesBy(
    histogram.totalCount,
    (percent) => histogram.getValueAtPercentile(percent),
    histogram.maxValue,
  );
}

/** The same of values that are at hand, which may be negative: differences of two clocks are. */
export function percentilesOfValues(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  return percentilesBy(
    sorted.length,
    (percent) => nearestRank(sorted, percent / 100),
    sorted.at(-1) ?? null,
  );
}

function percentilesBy(
  samples: number,
  valueAt: (percent: number) => number,
  max: number | null,
): Percentiles {
  // In integers: 100 * (1 - 0.9) is less than 10 in floating point.
  const at = (perMille: number): number | null =>
    samples * (1_000 - perMille) >= LEAST_BEYOND * 1_000 ? valueAt(perMille / 10) : null;
  return {
    samples,
    p50: at(500),
    p90: at(900),
    p99: at(990),
    p999: at(999),
    max: samples > 0 ? max : null,
  };
}
