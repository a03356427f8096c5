import quantile from "@stdlib/stats-base-dists-beta-quantile";

/**
 * The lower limit of a share of which `seen` in `trials` were seen: with this confidence the true one is no smaller,
 * as long as each trial is a draw of its own. 0 where none was seen.
 *
 * Source: C. J. Clopper and E. S. Pearson, The Use of Confidence or Fiducial Limits Illustrated in the Case of the
 * Binomial (1934); the one-sided limit.
 *
 * @param seen - whole, `trials` at most
 * @param confidence - above 0, below 1
 */
export function leastShare(seen: number, trials: number, confidence: number): number {
  return seen === 0 ? 0 : quantile(1 - confidence, seen, trials - seen + 1);
}
