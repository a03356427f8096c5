/**
 * The level at which each of a family of hypotheses is tested, so that the chance of rejecting any true
 * one is at most `alpha`: the smallest p-value at alpha / m, the next at alpha / (m - 1), and so on until
 * the first that is not rejected; that one and all others keep its level. An interval at the level that
 * a hypothesis has here excludes it exactly where Holm's procedure rejects it.
 *
 * Source: S. Holm, A Simple Sequentially Rejective Multiple Test Procedure (1979).
 *
 * @param pValues - 0 to 1, in any order
 * @returns the levels in the same order
 */
export function holmLevels(pValues: readonly number[], alpha: number): number[] {
  const levels = pValues.map(() => alpha);
  const order = [...pValues.keys()].sort((a, b) => pValues[a]! - pValues[b]!);
  let left = pValues.length;
  for (const [rank, index] of order.entries()) {
    levels[index] = alpha / left;
    // The level stays where a hypothesis was not rejected.
    if (left === pValues.length - rank && pValues[index]! <= alpha / left) left--;
  }
  return levels;
}
