import { mean, median } from "../statistics/interval.ts";
import { nearestRank } from "../statistics/nearest-rank.ts";
import type { ReportCell } from "./report.ts";

/** Windows beyond this many times the best pace of their runtime ran at another one. */
export const OTHER_PACE = 1.15;
/** The share of all windows at another pace from which on the first lines of a report say so. */
const WORTH_SAYING = 0.1;

/** The best pace is that which so large a share of the windows reaches: a lone minimum is nobody's pace. */
const BEST = 0.05;
/** A compiler that is not done makes the first windows of blocks slower than the later ones by more than this. */
const SETTLED = 1.1;
/** And some windows so many times slower than the best as no neighbour of a machine makes them. */
const MOST_BY_NEIGHBOURS = 2.5;
const NEARLY_ALL = 0.95;

/** The machine's pace as owners of one runtime's sessions saw it: nanoseconds per operation of their piece of work. */
export interface RuntimePace {
  readonly runtime: string;
  /** The fastest twentieth of the windows took no longer. */
  readonly bestNs: number;
  readonly typicalNs: number;
  readonly slowestNs: number;
  readonly windows: number;
  /** Of them, how many ran at another pace than the best. */
  readonly others: number;
  /** False where the differences are its compiler's as much as the machine's, which then cannot be told. */
  readonly settled: boolean;
}

/**
 * The machine's pace beside the windows of a run, for each runtime: the piece of work takes as long as its compiler
 * makes it take, so that only windows of the same runtime can be compared. Empty where nobody measured it.
 */
export function pacesOf(cells: readonly ReportCell[]): RuntimePace[] {
  return [...Map.groupBy(cells, ({ runtime }) => runtime)].flatMap(([runtime, some]) => {
    const paces = some.flatMap(windowPaces).toSorted((a, b) => a - b);
    if (paces.length === 0) return [];
    const bestNs = nearestRank(paces, BEST);
    return [
      {
        runtime,
        bestNs,
        typicalNs: median(paces),
        slowestNs: paces.at(-1)!,
        windows: paces.length,
        others: paces.filter((pace) => pace > OTHER_PACE * bestNs).length,
        settled:
          firstOverLater(some) <= SETTLED &&
          nearestRank(paces, NEARLY_ALL) <= MOST_BY_NEIGHBOURS * bestNs,
      },
    ];
  });
}

/** What a block's first window took over the later ones, on average over the blocks that have both; else 1. */
function firstOverLater(cells: readonly ReportCell[]): number {
  const ratios = cells.flatMap(({ blocks }) =>
    blocks.flatMap(({ windows }) => {
      const [first, ...later] = windows.flatMap(({ noise }) => noise.pace ?? []);
      if (first === undefined || later.length === 0) return [];
      return Math.log(first) - mean(later.map(Math.log));
    }),
  );
  return ratios.length === 0 ? 1 : Math.exp(mean(ratios));
}

/** Of all windows of a cell, the share that ran at another pace than its runtime's best; null where that cannot be told. */
export function otherPaceShare(cell: ReportCell, paces: readonly RuntimePace[]): number | null {
  const own = paces.find(({ runtime }) => runtime === cell.runtime);
  const windows = windowPaces(cell);
  if (own === undefined || !own.settled || windows.length === 0) return null;
  return windows.filter((pace) => pace > OTHER_PACE * own.bestNs).length / windows.length;
}

/** A sentence for a report's first lines where the machine had more than one pace, as far as runtimes tell; else none. */
export function paceSentences(cells: readonly ReportCell[]): string[] {
  const all = pacesOf(cells);
  const paces = all.filter(({ settled }) => settled);
  const windows = paces.reduce((sum, one) => sum + one.windows, 0);
  const others = paces.reduce((sum, one) => sum + one.others, 0);
  if (windows === 0 || others <= WORTH_SAYING * windows) return [];
  const shares = paces.map(
    ({ runtime, windows, others, bestNs, slowestNs }) =>
      `${Math.round((100 * others) / windows)} % of ${runtime}'s windows (up to ${(slowestNs / bestNs).toFixed(2)} times)`,
  );
  const unsettled = all.flatMap(({ settled, runtime }) => (settled ? [] : runtime));
  return [
    `The machine had more than one pace: the same piece of work took more than ${OTHER_PACE} times as long as at best beside ${shares.join(", ")}. No estimate is changed by it; it is part of the scatter.${unsettled.length === 0 ? "" : ` Nothing is told of ${unsettled.join(", ")}, whose compiler had not settled.`}`,
  ];
}

function windowPaces({ blocks }: ReportCell): number[] {
  return blocks.flatMap(({ windows }) => windows.flatMap(({ noise }) => noise.pace ?? []));
}
