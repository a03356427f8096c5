import { median } from "./interval.ts";
import { sum, total } from "./total.ts";

/** How evenly the contenders got their turns. */
export interface Fairness {
  /** Jain's index over the contenders' counts or rates: 1 if all are equal, 1/n if one got everything. */
  readonly jain: number;
  /** Smallest over largest. */
  readonly smallestToLargest: number;
}

/** Fairness of each window by itself: turns that even out over windows were no less unfair. */
export interface FairnessOverWindows {
  /** Medians over the windows. */
  readonly jain: number;
  readonly smallestToLargest: number;
  /** The least even window. */
  readonly jainWorst: number;
  readonly smallestToLargestWorst: number;
}

/** @param windows - the contenders' rates in each window; at least one window */
export function fairnessOverWindows(windows: readonly (readonly number[])[]): FairnessOverWindows {
  const each = windows.map(fairnessOf);
  const jain = each.map((one) => one.jain);
  const smallestToLargest = each.map((one) => one.smallestToLargest);
  return {
    jain: median(jain),
    smallestToLargest: median(smallestToLargest),
    jainWorst: Math.min(...jain),
    smallestToLargestWorst: Math.min(...smallestToLargest),
  };
}

/** Source: R. Jain, D. Chiu, W. Hawe, A Quantitative Measure of Fairness and Discrimination (1984). */
export function fairnessOf(counts: readonly number[]): Fairness {
  const all = sum(counts);
  const squares = total(counts, (count) => count * count);
  if (squares === 0) return { jain: 1, smallestToLargest: 1 };
  return {
    jain: (all * all) / (counts.length * squares),
    smallestToLargest: Math.min(...counts) / Math.max(...counts),
  };
}
