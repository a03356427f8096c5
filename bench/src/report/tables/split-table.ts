import { digits, duration } from "../format.ts";
import type { ReportCell } from "../report.ts";
import type { Table } from "../table.ts";
import { byPlace } from "./cell-columns.ts";

/** The way from unlocked to oracle to locked, of each lock that has both controls. */
export function splitTable(name: string, cells: readonly ReportCell[]): Table {
  const rows = [...cells].sort(byPlace).flatMap((cell) => {
    const { split } = cell.statistics;
    if (split === null || cell.twin > 0) return [];
    return [
      [
        cell.lock,
        String(cell.contenders),
        String(cell.section),
        duration(split.unlockedNs),
        duration(split.oracleNs),
        duration(split.lockedNs),
        `${signed(split.serializationNs)} (x${digits(split.serializationRatio)})`,
        `${signed(split.lockTaxNs)} (x${digits(split.lockTaxRatio)})`,
      ],
    ];
  });
  return {
    title: `Where the cost comes from: ${name}`,
    head: ["lock", "x", "us", "unlocked", "oracle", "locked", "serialization", "the lock's tax"],
    words: 1,
    rows,
    notes: [
      "unlocked: nobody waits. oracle: one contender does everybody's work. Less than unlocked means fighting over a cache line.",
    ],
  };
}

function signed(ns: number): string {
  return ns < 0 ? duration(ns) : `+${duration(ns)}`;
}
