/** How evenly the contenders got their turns. */
export interface Fairness {
  /** Jain's index over the contenders' counts or rates: 1 if all are equal, 1/n if one got everything. */
  readonly jain: number;
  /** Smallest over largest. */
  readonly smallestToLargest: number;
}

/** Source: R. Jain, D. Chiu, W. Hawe, A Quantitative Measure of Fairness and Discrimination (1984). */
export function fairnessOf(counts: readonly number[]): Fairness {
  const sum = counts.reduce((total, count) => total + count, 0);
  const squares = counts.reduce((total, count) => total + count * count, 0);
  if (squares === 0) return { jain: 1, smallestToLargest: 1 };
  return {
    jain: (sum * sum) / (counts.length * squares),
    smallestToLargest: Math.min(...counts) / Math.max(...counts),
  };
}
