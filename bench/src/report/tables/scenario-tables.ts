import { STEADY } from "../../plan/cell.ts";
import { scenarios } from "../../plan/scenarios.ts";
import { duration, rate } from "../format.ts";
import { handOffText } from "../hand-offs.ts";
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

const percent = (share: number | undefined): string | null =>
  share === undefined ? null : `${Math.round(share * 100)}%`;

/** Where a column has nothing else, nothing is wrong. */
const NONE_SEEN = "0";

const columns: readonly Column[] = [
  { name: "overlap", text: (_, { overlaps }) => (overlaps === null ? null : String(overlaps)) },
  {
    name: "per s",
    text: (_, cell) => (isOpen(cell) ? rate(cell.statistics.throughputPerS.value) : null),
  },
  { name: "offered", text: ({ rates }) => percent(rates?.offeredShare) },
  { name: "served", text: ({ rates }) => percent(rates?.servedShare) },
  { name: "wait p50", text: ({ waitNs }) => time(waitNs.p50) },
  { name: "wait p99", text: ({ waitNs }) => time(waitNs.p99) },
  { name: "longest", text: ({ longestWaitNs }) => time(longestWaitNs) },
  {
    name: "passed p99",
    text: ({ passedBy }) => passedBy?.p99?.toString() ?? null,
  },
  {
    name: "Jain",
    // Where operations come at times of their own, so do the times inside.
    text: ({ jainHeld }, cell) =>
      jainHeld === null || cell.contenders === 1 || isOpen(cell) ? null : jainHeld.toFixed(3),
  },
  { name: "done p50", text: ({ latencyNs }) => time(latencyNs?.p50) },
  { name: "done p99", text: ({ latencyNs }) => time(latencyNs?.p99) },
  { name: "late p99", text: ({ loopDelayNs }) => time(loopDelayNs?.p99) },
  { name: "latest", text: ({ loopDelayNs }) => time(loopDelayNs?.max) },
  {
    name: "recovered",
    text: ({ recovery }) => (recovery === null ? null : `${recovery.recovered}/${recovery.deaths}`),
  },
  { name: "next p50", text: ({ recovery }) => time(recovery?.medianNs) },
  { name: "next max", text: ({ recovery }) => time(recovery?.longestNs) },
  { name: "hand-off", text: (_, cell) => handOffText(cell) },
  { name: "notes", text: (_, cell) => notesOf(cell) || null },
];

const MEANINGS: Readonly<Record<string, string>> = {
  "per s":
    "per s: operations that came, a share of what this very lock can serve: rows with different rates are not the same load.",
  offered:
    "offered, served: what was meant to begin in the windows and what came in within them, of what the lock served when everybody came again at once.",
  "wait p50": "wait: from asking to the grant, of each operation; longest: of all.",
  "passed p99": "passed: grants to others during one wait, 99 of 100 operations at most so many.",
  Jain: "Jain: over the contenders' times inside, 1 where they are equal.",
  "done p50": "done: from the time at which an operation was meant to begin to its end.",
  latest: "late, latest: how much too late timers came while their contender awaited the lock.",
  recovered: "recovered: ends of holders that a grant followed, of all.",
  "next max": "next: from a holder's end to the next grant, the median and the longest.",
  "hand-off":
    "hand-off: from one's leaving to the entering of another that waited, half of them, and what the two clocks may differ by; a dash: by more than that time.",
};

function isOpen({ scenario }: ReportCell): boolean {
  return scenarios.some(({ name, load }) => name === scenario && load.arrivals.kind === "open");
}

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
