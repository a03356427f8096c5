import { noiseFloor } from "../compare/noise-floor.ts";
import { type Cell, isCounterCell, STEADY } from "../plan/cell.ts";
import { runtimeTable } from "./by-runtime.ts";
import type { Report } from "./report.ts";
import type { Table } from "./table.ts";
import { clockTable } from "./tables/clock-table.ts";
import { conformanceTable } from "./tables/conformance-table.ts";
import { counterTable } from "./tables/counter-table.ts";
import { noiseTable } from "./tables/noise-table.ts";
import { paceTable } from "./tables/pace-table.ts";
import { peerFailureTable, peerTable } from "./tables/peer-tables.ts";
import { saleTable } from "./tables/sale-table.ts";
import { scenarioTables } from "./tables/scenario-tables.ts";
import { splitTable } from "./tables/split-table.ts";
import { waitTable } from "./tables/wait-table.ts";

/** All tables of a report in the order in which a reader asks; none without rows. */
export function reportTables(report: Report): Table[] {
  const { band } = noiseFloor(report.cells);
  const groups = Map.groupBy(
    report.cells.filter((cell) => cell.role !== "peer" && cell.scenario === STEADY),
    (cell) => `${cell.adapter} on ${cell.runtime}`,
  );
  const tables = [
    runtimeTable(report.byRuntime),
    ...[...groups].flatMap(([name, cells]) => {
      const counters = cells.filter((cell) => isCounterCell(cell as Cell));
      return [
        counterTable(`Adding 1 under the lock: ${name}`, counters, band),
        splitTable(name, counters),
        saleTable(
          name,
          cells.filter((cell) => !counters.includes(cell)),
        ),
        waitTable(name, cells),
      ];
    }),
    ...scenarioTables(report.cells),
    peerTable(report),
    peerFailureTable(report),
    noiseTable(report),
    paceTable(report),
    clockTable(report),
    conformanceTable(report),
  ];
  return tables.filter((table) => table.rows.length > 0);
}
