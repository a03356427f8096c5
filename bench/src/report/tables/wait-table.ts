import { type Cell, isCounterCell } from "../../plan/cell.ts";
import { count, duration } from "../format.ts";
import type { ReportCell } from "../report.ts";
import type { Table } from "../table.ts";
import { byPlace } from "./cell-columns.ts";

/** How long was waited, and how evenly the turns were shared. @param stepNs - of the clock that waits are timed with */
export function waitTable(name: string, cells: readonly ReportCell[], stepNs: number): Table {
  const rows = [...cells].sort(byPlace).flatMap((cell) => {
    const { waitNs, fairness } = cell.statistics;
    if (waitNs === null || cell.role === "control" || cell.twin > 0) return [];
    return [
      [
        isCounterCell(cell as Cell)
          ? cell.lock + (cell.mode === "counter-async" ? " await" : "")
          : `${cell.mode} ${cell.store}`,
        String(cell.contenders),
        String(cell.section),
        count(waitNs.samples),
        duration(waitNs.p50),
        duration(waitNs.p90),
        duration(waitNs.p99),
        duration(waitNs.p999),
        duration(waitNs.max),
        fairness.jain.toFixed(3),
        fairness.jainWorst.toFixed(3),
        fairness.smallestToLargest.toFixed(2),
        fairness.smallestToLargestWorst.toFixed(2),
      ],
    ];
  });
  return {
    title: `Waiting and fairness: ${name}`,
    head: [
      "lock or sale",
      "x",
      "us",
      "samples",
      "p50",
      "p90",
      "p99",
      "p99.9",
      "max",
      "Jain",
      "worst Jain",
      "l/m",
      "worst l/m",
    ],
    words: 1,
    rows,
    notes: [
      `Waits for the lock, or whole purchases; the clock's step of ${duration(stepNs)} is part of them.`,
      "A percentile stands only where 10 samples or more lie beyond it; by how much blocks differ in it is told by explain, and by the marks of the picture.",
      "Jain (1: an equal share for all) and l/m (the least share over the largest): of the median window, and of the worst.",
    ],
  };
}
