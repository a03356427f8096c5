import cdf from "@stdlib/stats-base-dists-t-cdf";
import { CONFIDENCE, type Estimate, mean, standardDeviation, studentT } from "./interval.ts";

/** The ratio of two geometric means on the scale of logarithms, with what Student's t needs to judge it. */
export interface LogRatio {
  /** Logarithm of the ratio. */
  readonly value: number;
  /** Of that logarithm; null where either side has one block only. */
  readonly standardError: number | null;
  /** Degrees of freedom, not necessarily whole; those of no scatter at all do not matter. */
  readonly freedom: number;
  /** How many block means the side with fewer rests on. */
  readonly blocks: number;
}

/**
 * Compares positive block means of two sides, each with a scatter of its own.
 *
 * Source: B. L. Welch, The generalization of "Student's" problem when several different population
 * variances are involved (1947), on logarithms, since times scatter in proportion to their size.
 */
export function logRatio(above: readonly number[], below: readonly number[]): LogRatio {
  const [first, second] = [above.map(Math.log), below.map(Math.log)] as const;
  const value = mean(first) - mean(second);
  const blocks = Math.min(above.length, below.length);
  if (blocks < 2) return { value, standardError: null, freedom: 0, blocks };
  const a = standardDeviation(first) ** 2 / first.length;
  const b = standardDeviation(second) ** 2 / second.length;
  const freedom = (a + b) ** 2 / (a ** 2 / (first.length - 1) + b ** 2 / (second.length - 1));
  return { value, standardError: Math.sqrt(a + b), freedom, blocks };
}

/**
 * The ratio with the interval that covers the true one at this confidence.
 *
 * @param confidence - above 0, below 1
 */
export function ratioWithin(ratio: LogRatio, confidence: number): Estimate {
  const { standardError, freedom, blocks } = ratio;
  const value = Math.exp(ratio.value);
  if (standardError === null) return { value, low: null, high: null, blocks };
  if (standardError === 0) return { value, low: value, high: value, blocks };
  const margin = studentT(freedom, confidence) * standardError;
  return { value, low: value * Math.exp(-margin), high: value * Math.exp(margin), blocks };
}

/**
 * Ratio of two geometric means of independent block means with its 95 % interval: Welch's t on their
 * logarithms, since two runtimes need not scatter alike. No interval where either has one block only.
 */
export function ratioEstimate(above: readonly number[], below: readonly number[]): Estimate {
  return ratioWithin(logRatio(above, below), CONFIDENCE);
}

/**
 * The level at which the two-sided interval of the ratio just touches the band from 1 / band to band:
 * at a smaller one it reaches in, at a larger one it lies wholly beyond. 1 where the ratio itself is
 * within the band, or nothing tells how it scatters. With a band of 1 it is Welch's p-value.
 *
 * @param band - at least 1
 */
export function levelBeyond({ value, standardError, freedom }: LogRatio, band: number): number {
  const beyond = Math.abs(value) - Math.log(band);
  if (beyond <= 0 || standardError === null) return 1;
  return standardError === 0 ? 0 : 2 * cdf(-beyond / standardError, freedom);
}
