import type { BlockResult } from "../run/block.ts";

/** How many of a cell's warm-ups settled, a contender of a block each; those that are not known, or did not work, left out. */
export interface Warmth {
  readonly known: number;
  readonly settled: number;
}

/** What the blocks of a cell say of their warm-ups. */
export function warmthOf(blocks: readonly BlockResult[]): Warmth {
  const known = blocks.flatMap(({ settled }) => settled).filter((one) => one !== null);
  return { known: known.length, settled: known.filter((one) => one).length };
}

/** True if most warm-ups ended because their time was up, not because their rates agreed. */
export function isUnsettled(blocks: readonly BlockResult[]): boolean {
  const { known, settled } = warmthOf(blocks);
  return settled < known / 2;
}
