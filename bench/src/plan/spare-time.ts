import type { Cell } from "./cell.ts";

/** A cell that a plan has left out for want of time. */
export interface Spare {
  readonly cell: Cell;
  /** What all its blocks were reckoned to take, in milliseconds. */
  readonly expectedMs: number;
}

/** How a run stands after its first round. */
export interface Standing {
  /** What is left for blocks. */
  readonly leftMs: number;
  /** What the rest of the planned blocks will take, by what the first of each has taken. */
  readonly neededMs: number;
  /** What the blocks so far have taken, over what they were reckoned to. */
  readonly slowness: number;
}

/** Kept free: blocks of a cell do not all take the same, which evens out the more of them there are. */
const RESERVE_SHARE = 0.04;
const RESERVE_MS = 5_000;

/**
 * The cells that a run which is ahead of its plan has time for, with all their blocks; the most telling first. What
 * was measured has no say in it, only how long it took.
 */
export function cellsForSpareTime(
  spares: readonly Spare[],
  { leftMs, neededMs, slowness }: Standing,
): Cell[] {
  let freeMs = leftMs * (1 - RESERVE_SHARE) - RESERVE_MS - neededMs;
  const cells: Cell[] = [];
  for (const { cell, expectedMs } of spares) {
    const costMs = expectedMs * slowness;
    if (costMs > freeMs) continue;
    freeMs -= costMs;
    cells.push(cell);
  }
  return cells;
}
