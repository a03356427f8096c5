import { BROKEN_KIND } from "@ticketlock/core";
import { isCandidate, isWrong, violationsOf } from "../report/correctness.ts";
import type { Report } from "../report/report.ts";

/**
 * What is wrong in report B, one line each: cells that sold twice, lost or overlapped, locks that fail the suite,
 * and locks and sales of which more blocks failed than in report A. A lock that hangs or crashes is broken, and the
 * blocks that ended all the same are no sample of what it does.
 */
export function violationsIn(a: Report, b: Report): string[] {
  return [
    ...b.cells
      .filter((cell) => isCandidate(cell) && isWrong(cell))
      .map((cell) => `${cell.key}: ${violationsOf(cell)}`),
    ...b.conformance
      .filter(({ failed }) => failed > 0)
      .map(
        ({ adapter, lock, failures }) =>
          `${adapter} ${lock} fails the conformance suite: ${firstLine(failures[0] ?? "no case named")}`,
      ),
    ...failuresBeyond(a, b).map(
      ({ key, blocks, why, before }) =>
        `${key}: ${blocks} in B, ${before === undefined ? "none" : before.blocks} in A: ${why}`,
    ),
  ];
}

/** Blocks of either report that failed and are no violation, a sentence for each cell: they are in no ratio. */
export function failureSentences(a: Report, b: Report): string[] {
  const told = new Set(failuresBeyond(a, b).map(({ key }) => key));
  const sentences = (name: string, report: Report): string[] =>
    failedOf(report)
      .filter(({ key }) => name === "A" || !told.has(key))
      .map(
        ({ key, blocks, why }) => `In ${name}, ${blocks} of ${key}: ${why}. They are in no ratio.`,
      );
  return [...sentences("A", a), ...sentences("B", b)];
}

/**
 * The cells of a report's control lock that lets two in at times and was not caught, or could not be tried: beside
 * them the zeros of the report prove nothing.
 */
export function uncaughtControls({ cells, notMeasured }: Report): string[] {
  return [
    ...cells.filter((cell) => cell.lock === BROKEN_KIND && !isWrong(cell)),
    ...notMeasured.filter(({ key, failures }) => isBrokenKey(key) && failures.length > 0),
  ].map(({ key }) => key);
}

/** True if a report tried, with success or without, whether its counters can count. */
export function hasControl({ cells, notMeasured }: Report): boolean {
  return (
    cells.some(({ lock }) => lock === BROKEN_KIND) ||
    notMeasured.some(({ key }) => isBrokenKey(key))
  );
}

interface FailedCell {
  readonly key: string;
  /** How many. */
  readonly failed: number;
  /** The same in words, beside how many were tried. */
  readonly blocks: string;
  readonly why: string;
}

function failedOf({ cells, notMeasured }: Report): FailedCell[] {
  return [
    ...cells.map(({ key, failures, blocks }) => ({ key, failures, ended: blocks.length })),
    ...notMeasured.map(({ key, failures }) => ({ key, failures, ended: 0 })),
  ]
    .filter(({ failures }) => failures.length > 0)
    .map(({ key, failures, ended }) => ({
      key,
      failed: failures.length,
      blocks: `${failures.length} of ${failures.length + ended} blocks failed`,
      why: firstLine(failures[0]!),
    }));
}

/** Of what claims to be right, in either report. */
function failuresBeyond(
  a: Report,
  b: Report,
): (FailedCell & { readonly before: FailedCell | undefined })[] {
  const candidates = new Set([...a.cells, ...b.cells].filter(isCandidate).map(({ key }) => key));
  const earlier = failedOf(a);
  return failedOf(b)
    .filter(({ key }) => candidates.has(key))
    .map((cell) => ({ ...cell, before: earlier.find(({ key }) => key === cell.key) }))
    .filter(({ failed, before }) => failed > (before?.failed ?? 0));
}

/** A cell that was not measured has nothing but its key, whose third part is the lock. */
function isBrokenKey(key: string): boolean {
  return key.split("/")[2] === BROKEN_KIND;
}

function firstLine(text: string): string {
  return text.split("\n")[0]!.replace(/\.$/, "");
}
