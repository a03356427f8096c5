import { BROKEN_KIND } from "@ticketlock/core";
import { total } from "../statistics/total.ts";
import { zeroBound } from "../statistics/zero-bound.ts";
import { isCandidate, isTried, isWrong, tokensOf } from "./correctness.ts";
import { violationText } from "./format.ts";
import type { Report, ReportCell, Violation } from "./report.ts";
import type { Table } from "./table.ts";

/** What was looked at and seen for each lock and sale, all of its cells together; what is wrong first. */
export function correctnessTable({ cells }: Report): Table {
  const groups = [...Map.groupBy(cells, groupOf).values()];
  const rows = groups.map((group) => ({ group, verdict: verdictOf(group) }));
  return {
    title: "Correctness, all cells of a lock together",
    head: [
      "lock or sale",
      "adapter",
      "runtime",
      "verdict",
      "cells",
      "lost",
      "overlap",
      "oversold",
      "tokens",
    ],
    words: 4,
    rows: [...rows]
      .sort((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict))
      .map(({ group, verdict }) => rowOf(group, verdict)),
    notes: [
      "cells: those in which something could go wrong, with two contenders or more. lost: updates that were overwritten; overlap: sections that somebody else was inside of; oversold: tickets sold twice; tokens: fencing tokens that did not rise.",
      "Beside a 0 stands the rate that it still allows, with 95 % confidence: three in so many as were looked at. n/a: cannot be looked for, or cannot happen, as with one contender, whose cells are in no sum but that of tokens; locks without tokens have none to look at.",
    ],
  };
}

/** What can be said of a lock or a control, the worst first. */
const VERDICTS = [
  "WRONG",
  "NOT caught",
  "not tried",
  "correct",
  "caught",
  "control",
  "peer, as seen",
] as const;

type Verdict = (typeof VERDICTS)[number];

function verdictOf(group: readonly ReportCell[]): Verdict {
  const [first] = group;
  if (isCandidate(first!)) {
    if (group.some(isWrong)) return "WRONG";
    return group.some(isTried) ? "correct" : "not tried";
  }
  if (first!.lock === BROKEN_KIND) return group.every(isWrong) ? "caught" : "NOT caught";
  return first!.role === "peer" ? "peer, as seen" : "control";
}

function rowOf(group: readonly ReportCell[], verdict: Verdict): string[] {
  const { adapter, runtime, role } = group[0]!;
  return [
    nameOf(group[0]!),
    role === "peer" ? "-" : adapter,
    runtime,
    verdict,
    String(group.filter(isTried).length),
    violationText(together(group, ({ checks }) => checks.lostUpdates)),
    violationText(together(group, ({ checks }) => checks.overlaps)),
    violationText(together(group, ({ checks }) => checks.oversold)),
    violationText(together(group, tokensOf)),
  ];
}

function together(group: readonly ReportCell[], of: (cell: ReportCell) => Violation): Violation {
  const looked = group.map(of).filter(({ seen }) => seen !== null);
  const trials = total(looked, (one) => one.trials);
  const seen = looked.length === 0 ? null : total(looked, (one) => one.seen ?? 0);
  return { seen, trials, bound: seen === 0 ? zeroBound(trials) : null };
}

function groupOf({ adapter, runtime, lock, mode, store, role }: ReportCell): string {
  const sale = role === "sale" ? [mode, store] : [];
  return JSON.stringify([adapter, runtime, lock, role, ...sale]);
}

function nameOf({ lock, mode, store, role }: ReportCell): string {
  return role === "sale" ? `${mode} from ${store}` : lock;
}
