import { sum } from "../statistics/total.ts";

/**
 * Wall nanoseconds per operation of all contenders together: one over the sum of their rates. Each
 * rate is taken over the contender's own span, so that one that is scheduled late, or ends late, does
 * not stretch the window of those who did their work in time.
 */
export function nsPerOperation(shares: readonly number[], spansNs: readonly number[]): number {
  return 1 / sum(rates(shares, spansNs));
}

/** Operations per nanosecond of each contender; 0 where it did none. */
export function rates(shares: readonly number[], spansNs: readonly number[]): number[] {
  return shares.map((share, i) => (share === 0 ? 0 : share / spansNs[i]!));
}
