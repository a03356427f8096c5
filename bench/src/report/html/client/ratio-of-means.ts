import type { RatioWithin } from "../../ratio-words.ts";

/** Block means of a cell on their logarithms: how many, their mean, and their variance (of a sample). */
export interface LogMeans {
  readonly blocks: number;
  readonly mean: number;
  readonly variance: number;
}

/**
 * Ratio of two cells' times with its 95 % interval, which is missing where either has one block only.
 *
 * Source: B. L. Welch, The generalization of "Student's" problem when several different population variances
 * are involved (1947), on logarithms.
 *
 * @param student - quantiles as `studentTable` gives them
 */
export function ratioOfMeans(
  above: LogMeans,
  below: LogMeans,
  student: readonly number[],
): RatioWithin {
  const value = Math.exp(above.mean - below.mean);
  if (above.blocks < 2 || below.blocks < 2) return { value, low: null, high: null };
  const a = above.variance / above.blocks;
  const b = below.variance / below.blocks;
  if (a + b === 0) return { value, low: value, high: value };
  const freedom = (a + b) ** 2 / (a ** 2 / (above.blocks - 1) + b ** 2 / (below.blocks - 1));
  const factor = Math.exp(quantileAt(freedom, student) * Math.sqrt(a + b));
  return { value, low: value / factor, high: value * factor };
}

/** Student's quantile at these degrees of freedom, which need not be whole; at least 1. */
export function quantileAt(freedom: number, student: readonly number[]): number {
  const place = (student.length - 1) / freedom;
  const before = Math.min(Math.floor(place), student.length - 2);
  const [from, to] = [student[before]!, student[before + 1]!];
  return from + (to - from) * (place - before);
}

/** Reads what `writeLogMeans` wrote. */
export function readLogMeans(text: string): LogMeans {
  const [blocks, mean, variance] = text.split(",").map(Number) as [number, number, number];
  return { blocks, mean, variance };
}

/** As short as three digits of a ratio allow. */
export function writeLogMeans({ blocks, mean, variance }: LogMeans): string {
  return [blocks, mean.toFixed(5), Number(variance.toPrecision(4))].join(",");
}
