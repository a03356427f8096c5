/**
 * The smallest of `sorted` that at least a share `p` of them does not exceed; Infinity of none. It is
 * one of the values that were seen, never something between two.
 *
 * Source: the nearest-rank definition (Hyndman and Fan, "Sample Quantiles in Statistical Packages", type 1).
 *
 * @param sorted - in ascending order
 * @param p - above 0, up to 1
 */
export function nearestRank(sorted: readonly number[], p: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)] ?? Infinity;
}
