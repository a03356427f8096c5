import { rate } from "./format.ts";
import type { Report, ReportCell } from "./report.ts";

/** What a reader asks first, in sentences: is it correct, and could the bench have noticed if not? */
export function verdictSentences(report: Report): string[] {
  const candidates = report.cells.filter(
    (cell) => cell.role === "lock" || (cell.role === "sale" && cell.mode !== "unlocked"),
  );
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
  const broken = report.cells.filter((cell) => cell.lock === "broken");
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

/** True if a cell did what no lock or sale may do. */
export function isWrong(cell: ReportCell): boolean {
  const { oversold, lostUpdates, overlaps, journalFaults } = cell.checks;
  return (
    [oversold, lostUpdates, overlaps, journalFaults].some(({ seen }) => (seen ?? 0) !== 0) ||
    (cell.tokensOutOfOrder ?? 0) > 0
  );
}
