/**
 * Counts entries into a critical section while another contender was in it. Stays begin after the
 * lock was granted and end before it is released, so what overlaps here overlapped in truth.
 */
export function countOverlaps(stays: readonly (readonly [string, string])[]): number {
  const moments = stays.flatMap(([entered, left]) => [
    { ns: BigInt(entered), change: 1 },
    { ns: BigInt(left), change: -1 },
  ]);
  // At one and the same moment the one who leaves goes first: clocks have steps.
  moments.sort((a, b) => (a.ns === b.ns ? a.change - b.change : a.ns < b.ns ? -1 : 1));
  let inside = 0;
  let overlaps = 0;
  for (const { change } of moments) {
    if (change > 0 && inside > 0) overlaps++;
    inside += change;
  }
  return overlaps;
}
