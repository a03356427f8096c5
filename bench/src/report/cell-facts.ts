import { type Cell, isCounterCell, STEADY } from "../plan/cell.ts";
import type { ReportCell } from "./report.ts";

/** What is done in a cell, in a word or two, and in which scenario. */
export function workName({ mode, scenario }: ReportCell): string {
  const what =
    mode === "counter" ? "add 1" : mode === "counter-async" ? "add 1, await" : `sell, ${mode}`;
  return scenario === STEADY ? what : `${what}, ${scenario}`;
}

/** Cells with the same text did the same work, and their times can be set beside each other. */
export function workOf(cell: ReportCell): string {
  const kind = isCounterCell(cell as Cell) ? "count" : "sell";
  return [kind, cell.contenders, cell.section, cell.scenario].join("/");
}

/** Cells with the same text differ in their number of contenders, section and scenario only. */
export function seriesOf(cell: ReportCell): string {
  return JSON.stringify([cell.lock, cell.mode, cell.store, cell.adapter, cell.runtime]);
}

/** Names a series to a person. */
export function seriesName({ lock, mode, store, adapter, runtime, role }: ReportCell): string {
  const where = role === "peer" ? runtime : `${adapter} on ${runtime}`;
  if (mode === "counter") return `${lock}, ${where}`;
  if (mode === "counter-async") return `${lock} await, ${where}`;
  return `${mode} from ${store}, ${where}`;
}

/** The id of a cell's row in a page: its key, with what no address may contain written as numbers. */
export function anchorOf(key: string): string {
  return key.replace(/[^\w/.+-]/gu, (character) => `~${character.codePointAt(0)!.toString(16)}~`);
}
