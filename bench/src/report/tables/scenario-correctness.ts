import { STEADY } from "../../plan/cell.ts";
import { tokensOf } from "../correctness.ts";
import { violationText } from "../format.ts";
import type { ReportCell } from "../report.ts";
import type { Table } from "../table.ts";
import { byPlace } from "./cell-columns.ts";

/** What was lost, overlapped or came out of order in the scenarios, whose own tables have no room for it. */
export function scenarioCorrectness(cells: readonly ReportCell[]): Table {
  const scenarios = Map.groupBy(
    cells.filter(({ scenario }) => scenario !== STEADY),
    ({ scenario }) => scenario,
  );
  return {
    title: "Correctness in scenarios",
    head: ["scenario", "contenders of", "lock", "x", "us", "lost", "overlap", "tokens"],
    words: 3,
    rows: [...scenarios].flatMap(([scenario, some]) =>
      [...some]
        .sort((a, b) => byPlace(a, b) || a.adapter.localeCompare(b.adapter))
        .map((cell) => [
          scenario,
          cell.adapter,
          cell.lock,
          String(cell.contenders),
          String(cell.section),
          violationText(cell.checks.lostUpdates),
          violationText(cell.checks.overlaps),
          violationText(tokensOf(cell)),
        ]),
    ),
    notes: [
      "lost, overlap, tokens (fencing tokens that did not rise): how often seen; beside a 0 the rate that it still allows (95 %). n/a: cannot happen, or there is no token.",
    ],
  };
}
