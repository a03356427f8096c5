import type { ReportCell } from "../report/report.ts";
import { logRatio } from "../statistics/log-ratio.ts";
import { LEAST_BLOCKS, blockMeans, cleanBlockMeans } from "./block-means.ts";
import { decide, familyIntervals } from "./judge-ratios.ts";

/**
 * Letters by the cells' keys; the fastest cell has an `a`. Two cells that share a letter cannot be told apart:
 * the interval of their ratio, at Holm's level for all pairs, reaches into the noise band, with all blocks or
 * without those that others disturbed. Where fewer than three undisturbed blocks are left of either, all
 * blocks alone decide; a cell with one block shares its letter with everybody.
 *
 * Source: H.-P. Piepho, An Algorithm for a Letter-Based Representation of All-Pairwise Comparisons (2004):
 * insert and absorb.
 *
 * @param cells - the same work: equal contenders, section, mode and scenario
 */
export function tieGroups(cells: readonly ReportCell[], band: number): ReadonlyMap<string, string> {
  const ordered = [...cells].sort(
    (a, b) => a.statistics.nsPerOperation.value - b.statistics.nsPerOperation.value,
  );
  const groups = indistinguishable(ordered.length, pairsToldApart(ordered, band));
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

function pairsToldApart(cells: readonly ReportCell[], band: number): (readonly [number, number])[] {
  const pairs = cells.flatMap((_, a) => cells.slice(a + 1).map((_, i) => [a, a + 1 + i] as const));
  const apart = (means: (cell: ReportCell) => number[], least: number): (boolean | null)[] =>
    familyIntervals(
      pairs.map(([a, b]) => {
        const ratio = logRatio(means(cells[b]!), means(cells[a]!));
        return ratio.blocks < least ? null : ratio;
      }),
      band,
    ).map((interval) =>
      interval === null ? null : ["slower", "faster"].includes(decide(interval, band, 1)),
    );
  const all = apart(blockMeans, 2);
  const clean = apart(cleanBlockMeans, LEAST_BLOCKS);
  return pairs.filter((_, i) => all[i] === true && clean[i] !== false);
}

/** After 26 groups come a1, b1, ... */
function letterAt(index: number): string {
  const letter = String.fromCodePoint("a".codePointAt(0)! + (index % 26));
  return index < 26 ? letter : `${letter}${Math.floor(index / 26)}`;
}
