import { BROKEN_KIND } from "@ticketlock/core";
import { blockMeans } from "../compare/block-means.ts";
import { type JudgedRatio, judgePairs, measuredOf, type Noise } from "../compare/judge-pairs.ts";
import { type Cell, isCounterCell, STEADY } from "../plan/cell.ts";
import type { Estimate } from "../statistics/interval.ts";
import { ratioEstimate } from "../statistics/log-ratio.ts";
import { duration, margin } from "./format.ts";
import type { ReportCell } from "./report.ts";
import type { Table } from "./table.ts";

/** The columns, in their order; the first one that measured a lock is what the others are compared with. */
const COLUMNS = ["node", "deno", "bun", "mixed"];

/** One runtime's column of a lock. */
export interface RuntimeColumn {
  readonly runtime: string;
  /** Key of the cell. */
  readonly cell: string;
  readonly nsPerOperation: Estimate;
  /** Its time over that of the row's first column; null in that one. */
  readonly ratio: Estimate | null;
}

/** The same lock on the same work in several runtimes. */
export interface RuntimeRow {
  readonly lock: string;
  /** Where the counter lies, which tells threads from processes. */
  readonly store: string;
  readonly mode: string;
  readonly contenders: number;
  readonly section: number;
  readonly columns: readonly RuntimeColumn[];
}

/** Sets cells that differ in nothing but their runtime side by side. What one runtime alone measured is no comparison. */
export function compareRuntimes(cells: readonly ReportCell[]): RuntimeRow[] {
  const same = Map.groupBy(
    cells.filter(isComparable),
    ({ lock, store, mode, contenders, section }) =>
      [lock, store, mode, contenders, section].join("/"),
  );
  return [...same.values()].flatMap((group) => {
    // Of two adapters of one runtime the first stands for it: they differ in who starts the contenders.
    const chosen = COLUMNS.flatMap((name) => group.find(({ runtime }) => runtime === name) ?? []);
    const [first] = chosen;
    if (first === undefined || chosen.length < 2) return [];
    const { lock, store, mode, contenders, section } = first;
    const columns = chosen.map((cell) => ({
      runtime: cell.runtime,
      cell: cell.key,
      nsPerOperation: cell.statistics.nsPerOperation,
      ratio: cell === first ? null : ratioEstimate(blockMeans(cell), blockMeans(first)),
    }));
    return [{ lock, store, mode, contenders, section, columns }];
  });
}

/** The broken control is no measurement, and the second of two twins stands beside its first elsewhere. */
function isComparable(cell: ReportCell): boolean {
  return (
    isCounterCell(cell as Cell) &&
    cell.scenario === STEADY &&
    cell.twin === 0 &&
    cell.lock !== BROKEN_KIND
  );
}

/**
 * The comparison as a table: a column of times for each runtime, then one of ratios, which are one family.
 *
 * @param cells - those that the rows name
 */
export function runtimeTable(
  rows: readonly RuntimeRow[],
  cells: readonly ReportCell[],
  noise: Noise,
): Table {
  const judged = judgeColumns(rows, cells, noise);
  const seen = COLUMNS.filter((name) => rows.some((row) => column(row, name) !== undefined));
  return {
    title: "The same lock by runtime",
    head: [
      "lock",
      "counter",
      "x",
      "us",
      ...seen,
      ...seen.slice(1).map((name) => `${name}/${seen[0]}`),
    ],
    words: 2,
    rows: [...rows]
      .sort(
        (a, b) =>
          a.section - b.section || a.contenders - b.contenders || a.store.localeCompare(b.store),
      )
      .map((row) => [
        row.mode === "counter-async" ? `${row.lock} await` : row.lock,
        row.store,
        String(row.contenders),
        String(row.section),
        ...seen.map((name) => duration(column(row, name)?.nsPerOperation.value ?? null)),
        ...seen.slice(1).map((name) => ratioText(row, name, seen[0]!, judged)),
      ]),
    notes: [
      "time/op, and its ratio to that of the first runtime with half its interval, at Holm's level for the whole table; the same work, the same kind of lock, the same number of contenders. tie: cannot be told apart.",
      "counter: where it lies. In memory contenders are threads, elsewhere processes.",
    ],
  };
}

/** By the key of the cell that stands above the first column's. */
function judgeColumns(
  rows: readonly RuntimeRow[],
  cells: readonly ReportCell[],
  noise: Noise,
): ReadonlyMap<string, JudgedRatio> {
  const byKey = new Map(cells.map((cell) => [cell.key, measuredOf(cell)]));
  const pairs = rows.flatMap(({ columns: [first, ...others] }) =>
    others.map(({ cell }) => ({
      cell,
      means: [byKey.get(cell)!, byKey.get(first!.cell)!] as const,
    })),
  );
  const judged = judgePairs(
    pairs.map(({ means }) => means),
    noise,
  );
  return new Map(pairs.map(({ cell }, i) => [cell, judged[i]!]));
}

function column({ columns }: RuntimeRow, name: string): RuntimeColumn | undefined {
  return columns.find(({ runtime }) => runtime === name);
}

/** A ratio to another runtime than the one in the heading would mislead. */
function ratioText(
  row: RuntimeRow,
  name: string,
  base: string,
  ratios: ReadonlyMap<string, JudgedRatio>,
): string {
  const judged = ratios.get(column(row, name)?.cell ?? "");
  if (judged === undefined || row.columns[0]?.runtime !== base) return "-";
  const { ratio, isApart } = judged;
  const interval = margin(ratio);
  return `x${ratio.value.toFixed(2)}${isApart ? "" : " tie"}${interval === "-" ? "" : ` +-${interval}`}`;
}
