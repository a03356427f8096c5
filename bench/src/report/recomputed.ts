import type { Cell, CellMode } from "../plan/cell.ts";
import { buildCells, type CellRun } from "./build.ts";
import { compareRuntimes } from "./by-runtime.ts";
import type { Report, ReportCell } from "./report.ts";

/**
 * The report with every statistic computed again from its blocks, so that a number that was edited in the file, or
 * that an earlier version computed otherwise, is never shown. What a block says of its own windows is taken from it:
 * `faultIn` has refused a report in which they say otherwise.
 *
 * @throws {Error} if a histogram of a block cannot be decoded
 */
export function recomputed(report: Report): Report {
  const cells = buildCells(report.cells.map(runOf), report.environment.cores);
  return { ...report, cells, byRuntime: compareRuntimes(cells) };
}

/** What was measured, without what was computed from it. */
function runOf({ blocks, failures, ...cell }: ReportCell): CellRun {
  return { cell: cellOf(cell), blocks, failures };
}

function cellOf(cell: Omit<ReportCell, "blocks" | "failures">): Cell {
  const { runtime, adapter, lock, store, contenders, section, role, scenario, gate, twin } = cell;
  const mode = cell.mode as CellMode;
  return { runtime, adapter, lock, store, mode, contenders, section, role, scenario, gate, twin };
}
