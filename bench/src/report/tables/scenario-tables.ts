import { STEADY } from "../../plan/cell.ts";
import { scenarios } from "../../plan/scenarios.ts";
import { duration } from "../format.ts";
import type { LoadStatistics, ReportCell } from "../report.ts";
import type { Table } from "../table.ts";
import { byPlace, notesOf } from "./cell-columns.ts";

/** What a column shows of a cell; null where there is nothing to show. */
interface Column {
  readonly name: string;
  readonly text: (load: LoadStatistics, cell: ReportCell) => string | null;
}

const time = (ns: number | null | undefined): string | null =>
  ns === null || ns === undefined ? null : duration(ns);

/** Where a column has nothing else, nothing is wrong. */
const NONE_SEEN = "0";

const columns: readonly Column[] = [
  { name: "overlap", text: (_, { overlaps }) => (overlaps === null ? null : String(overlaps)) },
  { name: "wait p50", text: ({ waitNs }) => time(waitNs.p50) },
  { name: "wait p99", text: ({ waitNs }) => time(waitNs.p99) },
  { name: "longest", text: ({ longestWaitNs }) => time(longestWaitNs) },
  {
    name: "passed",
    text: ({ mostPassedBy }) => (mostPassedBy === null ? null : String(mostPassedBy)),
  },
  {
    name: "Jain",
    text: ({ jainHeld }, { contenders }) => (contenders > 1 ? jainHeld.toFixed(3) : null),
  },
  { name: "done p50", text: ({ latencyNs }) => time(latencyNs?.p50) },
  { name: "done p99", text: ({ latencyNs }) => time(latencyNs?.p99) },
  { name: "late p99", text: ({ loopDelayNs }) => time(loopDelayNs?.p99) },
  { name: "latest", text: ({ loopDelayNs }) => time(loopDelayNs?.max) },
  { name: "next p50", text: ({ recoveryNs }) => time(recoveryNs?.p50) },
  { name: "next max", text: ({ recoveryNs }) => time(recoveryNs?.max) },
  { name: "hand-off", text: ({ handOffNs }) => time(handOffNs?.p50) },
  { name: "notes", text: (_, cell) => notesOf(cell) || null },
];

const MEANINGS: Readonly<Record<string, string>> = {
  "wait p50": "wait: from asking to the grant, of each operation; longest: of all.",
  passed: "passed: most grants to others during one wait.",
  Jain: "Jain: over the contenders' times inside, 1 where they are equal.",
  "done p50": "done: from the time at which an operation was meant to begin to its end.",
  latest: "late, latest: how much too late timers came while their contender awaited the lock.",
  "next max": "next: from a holder's end to the next grant.",
  "hand-off": "hand-off: from one's leaving to the entering of another that waited, half of them.",
};

/** A table for each scenario that was measured, without columns in which nothing stands or nothing was seen. */
export function scenarioTables(cells: readonly ReportCell[]): Table[] {
  const byScenario = Map.groupBy(
    cells.filter(({ scenario }) => scenario !== STEADY),
    ({ scenario }) => scenario,
  );
  return [...byScenario].map(([name, some]) => scenarioTable(name, some));
}

function scenarioTable(name: string, cells: readonly ReportCell[]): Table {
  const measured = [...cells]
    .sort((a, b) => byPlace(a, b) || a.adapter.localeCompare(b.adapter))
    .flatMap((cell) => {
      const { load } = cell.statistics;
      return load === null ? [] : [{ cell, load }];
    });
  const shown = columns.filter(({ text }) =>
    measured.some(({ cell, load }) => ![null, NONE_SEEN].includes(text(load, cell))),
  );
  const title = scenarios.find((scenario) => scenario.name === name)?.title;
  return {
    title: `Scenario ${name}`,
    head: ["contenders of", "lock", ...shown.map((column) => column.name)],
    words: 2,
    rows: measured.map(({ cell, load }) => [
      cell.adapter,
      cell.lock,
      ...shown.map(({ text }) => text(load, cell) ?? "-"),
    ]),
    notes: [
      `${title === undefined ? "" : `${title}: `}${list(measured.map(({ cell }) => cell.contenders))} contenders, sections of ${list(measured.map(({ cell }) => cell.section))} us.`,
      ...shown.flatMap((column) => MEANINGS[column.name] ?? []),
    ],
  };
}

function list(values: readonly number[]): string {
  return [...new Set(values)].join(" or ");
}
