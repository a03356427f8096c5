import { STEADY } from "../../plan/cell.ts";
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
        .map(({ adapter, lock, contenders, section, checks, tokensOutOfOrder }) => [
          scenario,
          adapter,
          lock,
          String(contenders),
          String(section),
          violationText(checks.lostUpdates),
          violationText(checks.overlaps),
          tokensOutOfOrder === null ? "n/a" : String(tokensOutOfOrder),
        ]),
    ),
    notes: [
      "lost, overlap: how often seen; beside a 0 the rate that it still allows (95 %). tokens: fencing tokens that did not rise; a lock that has none has a 0.",
    ],
  };
}
