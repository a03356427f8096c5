import { median } from "../statistics/interval.ts";
import type { ReportCell } from "./report.ts";

/** Windows beyond this many times the best pace of their runtime ran at another one. */
export const OTHER_PACE = 1.15;
/** The share of all windows at another pace from which on the first lines of a report say so. */
const WORTH_SAYING = 0.1;

/** The machine's pace as owners of one runtime's sessions saw it: nanoseconds per operation of their piece of work. */
export interface RuntimePace {
  readonly runtime: string;
  readonly bestNs: number;
  readonly typicalNs: number;
  readonly slowestNs: number;
  readonly windows: number;
  /** Of them, how many ran at another pace than the best. */
  readonly others: number;
}

/**
 * The machine's pace beside the windows of a run, for each runtime: the piece of work takes as long as its compiler
 * makes it take, so that only windows of the same runtime can be compared. Empty where nobody measured it.
 */
export function pacesOf(cells: readonly ReportCell[]): RuntimePace[] {
  return [...Map.groupBy(cells, ({ runtime }) => runtime)].flatMap(([runtime, some]) => {
    const paces = some.flatMap(windowPaces).toSorted((a, b) => a - b);
    if (paces.length === 0) return [];
    const bestNs = paces[0]!;
    return [
      {
        runtime,
        bestNs,
        typicalNs: median(paces),
        slowestNs: paces.at(-1)!,
        windows: paces.length,
        others: paces.filter((pace) => pace > OTHER_PACE * bestNs).length,
      },
    ];
  });
}

/** Of all windows of a cell, the share that ran at another pace than its runtime's best; null where not measured. */
export function otherPaceShare(cell: ReportCell, paces: readonly RuntimePace[]): number | null {
  const own = paces.find(({ runtime }) => runtime === cell.runtime);
  const windows = windowPaces(cell);
  if (own === undefined || windows.length === 0) return null;
  return windows.filter((pace) => pace > OTHER_PACE * own.bestNs).length / windows.length;
}

/** A sentence for a report's first lines where the machine had more than one pace; else none. */
export function paceSentences(cells: readonly ReportCell[]): string[] {
  const paces = pacesOf(cells);
  const windows = paces.reduce((sum, one) => sum + one.windows, 0);
  const others = paces.reduce((sum, one) => sum + one.others, 0);
  if (windows === 0 || others <= WORTH_SAYING * windows) return [];
  const most = Math.max(...paces.map(({ bestNs, slowestNs }) => slowestNs / bestNs));
  return [
    `The machine had more than one pace: beside ${Math.round((100 * others) / windows)} % of the windows the same piece of work took more than ${OTHER_PACE} times as long as at best, and up to ${most.toFixed(2)} times. No estimate is changed by it; it is part of the scatter.`,
  ];
}

function windowPaces({ blocks }: ReportCell): number[] {
  return blocks.flatMap(({ windows }) => windows.flatMap(({ noise }) => noise.pace ?? []));
}
