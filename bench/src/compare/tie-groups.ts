import type { ReportCell } from "../report/report.ts";
import type { BlockResult } from "../run/block.ts";
import { geometricEstimate } from "../statistics/interval.ts";
import { judgePairs, type Measured, type Noise } from "./judge-pairs.ts";

/**
 * Letters by the cells' keys; the fastest cell has an `a`. Two cells that share a letter cannot be told apart
 * by `judgePairs` of all pairs; a cell with one block shares its letter with everybody.
 *
 * Source: H.-P. Piepho, An Algorithm for a Letter-Based Representation of All-Pairwise Comparisons (2004):
 * insert and absorb.
 *
 * @param cells - the same work: equal contenders, section, mode and scenario
 * @param measure - of a block, what the letters are about: positive, less is better; null where the block
 * does not tell. A cell of which no block tells has no letter.
 * @param floor - a ratio no further from 1 says nothing, however sure it is
 */
export function tieGroups(
  cells: readonly ReportCell[],
  band: number,
  measure: (block: BlockResult) => number | null = ({ meanNs }) => meanNs,
  floor: number = band,
): ReadonlyMap<string, string> {
  const ordered = cells
    .map(({ key, blocks }) => ({
      key,
      all: valuesOf(blocks, measure),
      clean: valuesOf(
        blocks.filter(({ contaminated }) => !contaminated),
        measure,
      ),
    }))
    .filter(({ all }) => all.length > 0)
    .map((cell) => ({ ...cell, value: geometricEstimate(cell.all).value }))
    .sort((a, b) => a.value - b.value);
  const groups = indistinguishable(ordered.length, pairsToldApart(ordered, { band, floor }));
  return new Map(
    ordered.map(({ key }, i) => [
      key,
      groups.flatMap((group, letter) => (group.includes(i) ? [letterAt(letter)] : [])).join(""),
    ]),
  );
}

/** Of `count` cells all largest groups without a pair that is told apart, in the order of their members. */
export function indistinguishable(
  count: number,
  toldApart: readonly (readonly [number, number])[],
): number[][] {
  let groups: number[][] = [[...Array(count).keys()]];
  for (const [a, b] of toldApart) {
    const split = groups.flatMap((group) =>
      group.includes(a) && group.includes(b)
        ? [group.filter((i) => i !== a), group.filter((i) => i !== b)]
        : [group],
    );
    groups = split.filter(
      (group, i) => !split.some((other, j) => j !== i && isWithin(group, other, i > j)),
    );
  }
  return groups.sort(byMembers);
}

/** Of two groups of the same members the first one stays. */
function isWithin(group: readonly number[], other: readonly number[], isLater: boolean): boolean {
  if (group.length === other.length && !isLater) return false;
  return group.every((i) => other.includes(i));
}

function byMembers(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((member, at) => member !== b[at]);
  return i < 0 ? a.length - b.length : a[i]! - (b[i] ?? -1);
}

function valuesOf(
  blocks: readonly BlockResult[],
  measure: (block: BlockResult) => number | null,
): number[] {
  return blocks.flatMap((block) => measure(block) ?? []);
}

function pairsToldApart(cells: readonly Measured[], noise: Noise): (readonly [number, number])[] {
  const pairs = cells.flatMap((_, a) => cells.slice(a + 1).map((_, i) => [a, a + 1 + i] as const));
  const judged = judgePairs(
    pairs.map(([a, b]) => [cells[b]!, cells[a]!] as const),
    noise,
  );
  return pairs.filter((_, i) => judged[i]!.isApart);
}

/** After 26 groups come a1, b1, ... */
function letterAt(index: number): string {
  const letter = String.fromCodePoint("a".codePointAt(0)! + (index % 26));
  return index < 26 ? letter : `${letter}${Math.floor(index / 26)}`;
}
