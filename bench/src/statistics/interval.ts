import quantile from "@stdlib/stats-base-dists-t-quantile";
import { sum, total } from "./total.ts";

/** Of every interval that does not say otherwise. */
export const CONFIDENCE = 0.95;

/** An estimate with the 95 % interval in which the true value lies; no interval where there is one block only. */
export interface Estimate {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  /** How many block means it rests on. */
  readonly blocks: number;
}

/**
 * Geometric mean of positive block means with its 95 % interval: Student's t on their logarithms.
 * Blocks are the independent repetitions (a fresh process each), windows within one are not. A
 * bootstrap over so few blocks covers clearly less than it says.
 */
export function geometricEstimate(blockMeans: readonly number[]): Estimate {
  const blocks = blockMeans.length;
  if (blocks === 0 || blockMeans.some((mean) => !(mean > 0) || !Number.isFinite(mean))) {
    throw new RangeError(
      "Cannot estimate a mean: it takes at least one block, and positive finite block means.",
    );
  }
  const logs = blockMeans.map(Math.log);
  const center = mean(logs);
  if (blocks === 1) return { value: Math.exp(center), low: null, high: null, blocks };
  const margin = studentT(blocks - 1) * (standardDeviation(logs) / Math.sqrt(blocks));
  return {
    value: Math.exp(center),
    low: Math.exp(center - margin),
    high: Math.exp(center + margin),
    blocks,
  };
}

/** The estimate of `1 / x` times `factor`: latency to throughput. */
export function invertEstimate(estimate: Estimate, factor: number): Estimate {
  const { value, low, high, blocks } = estimate;
  return {
    value: factor / value,
    low: high === null ? null : factor / high,
    high: low === null ? null : factor / low,
    blocks,
  };
}

/**
 * Two-sided quantile of Student's t: so far from 0 it goes at this confidence. The degrees of freedom
 * need not be whole.
 */
export function studentT(degreesOfFreedom: number, confidence: number = CONFIDENCE): number {
  return quantile((1 + confidence) / 2, degreesOfFreedom);
}

/** Arithmetic mean; NaN of none. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** Of a sample: divides by n - 1. */
export function standardDeviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(total(values, (value) => (value - center) ** 2) / (values.length - 1));
}

/** The middle value; the mean of the middle two of an even number. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take the median: there is no value.");
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
