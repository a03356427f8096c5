import type { ReportCell } from "../report.ts";
import type { Table } from "../table.ts";
import { byPlace, correctness, notesOf, throughput } from "./cell-columns.ts";

/** What selling tickets in one mode from one store costs. */
export function saleTable(name: string, cells: readonly ReportCell[]): Table {
  return {
    title: `Selling tickets: ${name}`,
    head: [
      "mode",
      "lock",
      "store",
      "x",
      "ops/s",
      "+-",
      "time/op",
      "oversold",
      "lost",
      "overlap",
      "notes",
    ],
    words: 3,
    rows: [...cells].sort(byPlace).map((cell) => {
      const [perSecond, interval, time] = throughput(cell);
      return [
        cell.mode,
        cell.lock === "none" ? "-" : cell.lock,
        cell.store,
        String(cell.contenders),
        perSecond!,
        interval!,
        time!,
        ...correctness(cell),
        notesOf(cell),
      ];
    }),
    notes: [
      "oversold comes from one sale per block that sells out; its journal is compared with what buyers were told.",
    ],
  };
}
