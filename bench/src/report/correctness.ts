import { isSellingMode, sellingModes } from "@ticketlock/core";
import type { ReportCell } from "./report.ts";

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

/** True if a cell did what no lock or sale may do. */
export function isWrong(cell: ReportCell): boolean {
  const { oversold, lostUpdates, overlaps, journalFaults } = cell.checks;
  return (
    [oversold, lostUpdates, overlaps, journalFaults].some(({ seen }) => (seen ?? 0) !== 0) ||
    (cell.tokensOutOfOrder ?? 0) > 0
  );
}
