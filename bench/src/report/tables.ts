import { type Cell, isCounterCell, STEADY } from "../plan/cell.ts";
import { runtimeTable } from "./by-runtime.ts";
import { clockStepNs } from "./clock-step.ts";
import { controlTable } from "./control-power.ts";
import { correctnessTable } from "./correctness-table.ts";
import type { Report } from "./report.ts";
import { runNoise } from "./run-noise.ts";
import type { Table } from "./table.ts";
import { clockTable } from "./tables/clock-table.ts";
import { conformanceTable } from "./tables/conformance-table.ts";
import { counterTable } from "./tables/counter-table.ts";
import { noiseTable } from "./tables/noise-table.ts";
import { paceTable } from "./tables/pace-table.ts";
import { peerFailureTable, peerTable } from "./tables/peer-tables.ts";
import { saleTable } from "./tables/sale-table.ts";
import { growthTable } from "./tables/growth-table.ts";
import { scenarioCorrectness } from "./tables/scenario-correctness.ts";
import { scenarioTables } from "./tables/scenario-tables.ts";
import { splitTable } from "./tables/split-table.ts";
import { waitTable } from "./tables/wait-table.ts";

/** What comes before all other tables: what each lock did that it must not, and how much a 0 says of that. */
export function correctnessTables(report: Report): Table[] {
  return [correctnessTable(report), controlTable(report)].filter(({ rows }) => rows.length > 0);
}

/** All other tables of a report in the order in which a reader asks; none without rows. */
export function reportTables(report: Report): readonly Table[] {
  const tables = made.get(report) ?? makeTables(report);
  made.set(report, tables);
  return tables;
}

/** Every form of a report has the same tables. */
const made = new WeakMap<Report, readonly Table[]>();

function makeTables(report: Report): Table[] {
  const noise = runNoise(report.cells);
  const groups = Map.groupBy(
    report.cells.filter((cell) => cell.role !== "peer" && cell.scenario === STEADY),
    (cell) => `${cell.adapter} on ${cell.runtime}`,
  );
  const tables = [
    runtimeTable(report.byRuntime, report.cells, noise),
    ...[...groups].flatMap(([name, cells]) => {
      const counters = cells.filter((cell) => isCounterCell(cell as Cell));
      return [
        counterTable(`Adding 1 under the lock: ${name}`, counters, noise),
        splitTable(name, counters, noise),
        saleTable(
          name,
          cells.filter((cell) => !counters.includes(cell)),
        ),
        waitTable(name, cells, clockStepNs(report.cells, cells[0]!)),
      ];
    }),
    growthTable(report.cells),
    ...scenarioTables(report.cells),
    scenarioCorrectness(report.cells),
    peerTable(report),
    peerFailureTable(report),
    noiseTable(report),
    paceTable(report),
    clockTable(report),
    conformanceTable(report),
  ];
  return tables.filter((table) => table.rows.length > 0);
}
