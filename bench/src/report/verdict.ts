import { BROKEN_KIND } from "@ticketlock/core";
import { total } from "../statistics/total.ts";
import { powerSentences } from "./control-power.ts";
import { isCandidate, isTried, isWrong, violationsOf } from "./correctness.ts";
import { costSentences } from "./cost-sentences.ts";
import { count, plural } from "./format.ts";
import { paceSentences } from "./pace.ts";
import type { Report, ReportCell } from "./report.ts";

/**
 * What a reader asks first, in sentences: is it correct, could the bench have noticed if not, and what do the
 * locks cost that one would take first?
 */
export function verdictSentences(report: Report): string[] {
  return [
    ...correctSentence(report.cells.filter(isCandidate)),
    ...controlSentence(report.cells.filter(({ lock }) => lock === BROKEN_KIND)),
    ...powerSentences(report.cells),
    ...(report.partial
      ? [
          "Partial: the run ended before all blocks were measured; cells rest on fewer blocks than planned.",
        ]
      : []),
    ...paceSentences(report.cells),
    ...(report.conclusions
      ? costSentences(report)
      : [
          `No conclusions: the ${report.preset} preset shows that the bench runs, not how fast anything is.`,
        ]),
  ];
}

function correctSentence(candidates: readonly ReportCell[]): string[] {
  if (candidates.length === 0) return [];
  const wrong = candidates.filter(isWrong);
  if (wrong.length > 0)
    return [`WRONG: ${wrong.map(({ key }) => key).join(", ")}: see oversold, lost and overlap.`];
  // Where one contender is alone nothing can go wrong, and a zero says nothing.
  const tried = candidates.filter(isTried);
  if (tried.length === 0)
    return [
      "Nothing is known of correctness: no lock or sale was measured with two contenders or more.",
    ];
  const trials = (of: keyof ReportCell["checks"]): number =>
    total(tried, ({ checks }) => (checks[of].seen === null ? 0 : checks[of].trials));
  const sellOuts = tried
    .filter(({ checks }) => checks.oversold.seen !== null)
    .flatMap(({ blocks }) => blocks.flatMap(({ sellOut }) => sellOut ?? []));
  return [
    `Correct: ${[
      `no update lost in ${plural(tried.length, "cell")} and ${count(trials("lostUpdates"))} operations`,
      ...(trials("overlaps") > 0 ? [`no overlap in ${count(trials("overlaps"))} looks`] : []),
      sellOuts.length > 0
        ? `no ticket sold twice in ${plural(sellOuts.length, "sell-out")}`
        : "no ticket sale was measured",
    ].join("; ")}.`,
  ];
}

function controlSentence(broken: readonly ReportCell[]): string[] {
  if (broken.length === 0) return [];
  const missed = broken.filter((cell) => !isWrong(cell)).length;
  return [
    missed === 0
      ? `The control lock that lets two in at times was caught everywhere (${broken.length} of ${plural(broken.length, "cell")}).`
      : `The control lock that lets two in at times was NOT caught in ${missed} of ${plural(broken.length, "cell")}: a 0 here proves nothing.`,
  ];
}

/**
 * Why a run's numbers are not to be trusted, one line each; none if all is well. A candidate that
 * was wrong, a control that was not caught, a lock that fails conformance, a block that failed.
 */
export function faults(report: Report): string[] {
  const { cells, conformance, notMeasured } = report;
  return [
    ...cells
      .filter((cell) => isCandidate(cell) && isWrong(cell))
      .map((cell) => `Wrong: ${cell.key}: ${violationsOf(cell)}.`),
    ...cells
      .filter((cell) => cell.lock === BROKEN_KIND && !isWrong(cell))
      .map((cell) => `Not caught: ${cell.key}: the zeros of this run prove nothing.`),
    ...conformance
      .filter((row) => row.failed > 0)
      .map((row) => `Not conformant: ${row.adapter} ${row.lock}: ${firstLine(row.failures[0])}.`),
    ...[
      ...cells.map(({ key, failures }) => ({ key, failures })),
      ...notMeasured.map(({ key, failures }) => ({ key, failures })),
    ]
      .filter(({ failures }) => failures.length > 0)
      .map(
        ({ key, failures }) =>
          `Failed: ${failures.length === 1 ? "a block" : `${failures.length} blocks`} of ${key}: ${firstLine(failures[0])}.`,
      ),
  ];
}

function firstLine(text = "no reason given"): string {
  return text.split("\n")[0]!.replace(/\.$/, "");
}
