import { randomNumbers, shuffled } from "../plan/shuffle.ts";

/**
 * The order in which two trees are measured, so that whatever changes on the machine meanwhile meets both:
 * every round holds each pair once, in an order of its own, and the two of a pair come right after each
 * other. Which of them goes first is drawn for the first round, and they take turns from there on.
 *
 * @param pairs - the same cell in either tree
 */
export function pairedOrder<T>(
  pairs: readonly (readonly [T, T])[],
  rounds: number,
  seed: number,
): T[] {
  const random = randomNumbers(seed);
  const starts = new Map(pairs.map((pair) => [pair, random() < 0.5 ? 0 : 1]));
  return Array.from({ length: rounds }, (_, round) =>
    shuffled(pairs, random).flatMap((pair) =>
      (starts.get(pair)! + round) % 2 === 0 ? pair : pair.toReversed(),
    ),
  ).flat();
}
