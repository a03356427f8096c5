import { BROKEN_KIND, isSellingMode, sellingModes } from "@ticketlock/core";
import { rate } from "./format.ts";
import type { Report, ReportCell } from "./report.ts";

/** What a reader asks first, in sentences: is it correct, and could the bench have noticed if not? */
export function verdictSentences(report: Report): string[] {
  const candidates = report.cells.filter(isCandidate);
  const wrong = candidates.filter(isWrong);
  const operations = candidates.reduce((sum, cell) => sum + cell.checks.lostUpdates.trials, 0);
  const sentences: string[] = [];
  if (candidates.length > 0) {
    sentences.push(
      wrong.length === 0
        ? `Correct: no ticket sold twice, no update lost, no overlap in ${candidates.length} cells and ${rate(operations)} operations.`
        : `WRONG: ${wrong.map((cell) => cell.key).join(", ")}: see oversold, lost and overlap.`,
    );
  }
  const broken = report.cells.filter((cell) => cell.lock === BROKEN_KIND);
  if (broken.length > 0) {
    const caught = broken.filter(isWrong);
    sentences.push(
      caught.length === broken.length
        ? `The control lock that lets two in at times was caught everywhere (${broken.length} of ${broken.length} cells).`
        : `The control lock that lets two in at times was NOT caught in ${broken.length - caught.length} of ${broken.length} cells: a 0 here proves nothing.`,
    );
  }
  if (report.partial)
    sentences.push(
      "Partial: the run ended before all blocks were measured; cells rest on fewer blocks than planned.",
    );
  if (!report.conclusions)
    sentences.push(
      `No conclusions: the ${report.preset} preset shows that the bench runs, not how fast anything is.`,
    );
  return sentences;
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

/** True for what claims to be right: locks, and sales that promise to be exact. */
export function isCandidate({ role, mode }: ReportCell): boolean {
  return role === "lock" || (role === "sale" && isSellingMode(mode) && sellingModes[mode].exact);
}

/** What a cell did that no lock or sale may do, counted; empty where it did nothing of the kind. */
export function violationsOf({ checks, tokensOutOfOrder }: ReportCell): string {
  const seen: readonly (readonly [string, number | null])[] = [
    ["tickets oversold", checks.oversold.seen],
    ["updates lost", checks.lostUpdates.seen],
    ["overlaps", checks.overlaps.seen],
    ["journal faults", checks.journalFaults.seen],
    ["tokens out of order", tokensOutOfOrder],
  ];
  return seen
    .filter(([, count]) => (count ?? 0) !== 0)
    .map(([what, count]) => `${count} ${what}`)
    .join(", ");
}

function firstLine(text = "no reason given"): string {
  return text.split("\n")[0]!.replace(/\.$/, "");
}

/** True if a cell did what no lock or sale may do. */
export function isWrong(cell: ReportCell): boolean {
  const { oversold, lostUpdates, overlaps, journalFaults } = cell.checks;
  return (
    [oversold, lostUpdates, overlaps, journalFaults].some(({ seen }) => (seen ?? 0) !== 0) ||
    (cell.tokensOutOfOrder ?? 0) > 0
  );
}
