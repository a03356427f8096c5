import { isSellingMode, sellingModes } from "@ticketlock/core";
import { plural } from "./format.ts";
import type { ReportCell } from "./report.ts";

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

/** True if a cell did what no lock or sale may do. */
export function isWrong(cell: ReportCell): boolean {
  const { oversold, lostUpdates, overlaps, journalFaults } = cell.checks;
  return (
    [oversold, lostUpdates, overlaps, journalFaults].some(({ seen }) => (seen ?? 0) !== 0) ||
    (cell.tokensOutOfOrder ?? 0) > 0
  );
}
