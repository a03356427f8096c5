import type { Report } from "../report.ts";
import type { Table } from "../table.ts";

/** What each lock did in the suite before it was measured. */
export function conformanceTable(report: Report): Table {
  return {
    title: "Conformance before measuring (quick part)",
    head: ["adapter", "lock", "passed", "failed", "first failure"],
    words: 2,
    rows: report.conformance.map(({ adapter, lock, passed, failed, failures }) => [
      adapter,
      lock,
      String(passed),
      String(failed),
      (failures[0] ?? "").slice(0, 40),
    ]),
    notes: ["A lock that fails is not measured."],
  };
}
