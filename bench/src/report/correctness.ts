import { isSellingMode, sellingModes } from "@ticketlock/core";
import { total } from "../statistics/total.ts";
import { zeroBound } from "../statistics/zero-bound.ts";
import { plural } from "./format.ts";
import type { ReportCell, Violation } from "./report.ts";

/** True for what claims to be right: locks, and sales that promise to be exact. */
export function isCandidate({ role, mode }: ReportCell): boolean {
  return role === "lock" || (role === "sale" && isSellingMode(mode) && sellingModes[mode].exact);
}

/** What a cell did that no lock or sale may do, counted; empty where it did nothing of the kind. */
export function violationsOf({ checks, tokensOutOfOrder }: ReportCell): string {
  const seen: readonly (readonly [count: number | null, one: string, many: string])[] = [
    [checks.oversold.seen, "ticket oversold", "tickets oversold"],
    [checks.lostUpdates.seen, "update lost", "updates lost"],
    [checks.overlaps.seen, "overlap", "overlaps"],
    [checks.journalFaults.seen, "journal fault", "journal faults"],
    [tokensOutOfOrder, "token out of order", "tokens out of order"],
  ];
  return seen
    .filter(([count]) => (count ?? 0) !== 0)
    .map(([count, one, many]) => plural(count!, one, many))
    .join(", ");
}

/** True if contenders could have lost, overlapped or oversold in a cell: not where one was alone. */
export function isTried({ checks: { oversold, lostUpdates, overlaps } }: ReportCell): boolean {
  return [oversold, lostUpdates, overlaps].some(({ seen }) => seen !== null);
}

/**
 * Fencing tokens that did not rise, of so many as were looked at: one for each grant in a check window or a scenario.
 * Nothing is known of cells without such, and of those without a lock that promises tokens.
 */
export function tokensOf({ tokensOutOfOrder, role, blocks }: ReportCell): Violation {
  // Every lock of an adapter gives a token with each grant; controls and peers promise none.
  const seen = role === "lock" || tokensOutOfOrder !== 0 ? tokensOutOfOrder : null;
  const trials = seen === null ? 0 : total(blocks, ({ check }) => check?.overlapTrials ?? 0);
  return { seen, trials, bound: seen === 0 ? zeroBound(trials) : null };
}

/** True if a cell did what no lock or sale may do. */
export function isWrong(cell: ReportCell): boolean {
  const { oversold, lostUpdates, overlaps, journalFaults } = cell.checks;
  return (
    [oversold, lostUpdates, overlaps, journalFaults].some(({ seen }) => (seen ?? 0) !== 0) ||
    (cell.tokensOutOfOrder ?? 0) > 0
  );
}
