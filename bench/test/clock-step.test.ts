import { describe, expect, test } from "vitest";
import { explainCell } from "../src/report/explain.ts";
import { environmentLines } from "../src/report/remarks.ts";
import type { Report } from "../src/report/report.ts";
import { reportTables } from "../src/report/tables.ts";
import type { BlockResult } from "../src/run/block.ts";
import { loadedBlock } from "./sample-load.ts";
import { sampleBlock, sampleCell, sampleReport } from "./sample-report.ts";

/** Blocks whose clocks showed such steps. */
function seeing(block: BlockResult, ...stepsNs: number[]): BlockResult[] {
  return stepsNs.map((clockStepNs) => ({ ...block, clockStepNs }));
}

describe("the clock's step", () => {
  const block = sampleBlock(100);
  const report: Report = sampleReport([
    { cell: sampleCell(), blocks: seeing(block, 460, 90, 880), failures: [] },
    { cell: sampleCell({ contenders: 1 }), blocks: seeing(block, 881, 120, 130), failures: [] },
    {
      cell: sampleCell({ scenario: "open-70", contenders: 4 }),
      blocks: seeing(loadedBlock(), 70, 300, 300),
      failures: [],
    },
    {
      cell: sampleCell({ adapter: "other", runtime: "deno" }),
      blocks: seeing(block, 300, 200, 700),
      failures: [],
    },
    { cell: sampleCell({ role: "peer" }), blocks: seeing(block, 0), failures: [] },
  ]);
  const tables = reportTables(report);

  test("is the smallest that any block of the adapter saw", () => {
    const { rows } = tables.find(({ title }) => title === "Clocks")!;
    expect(rows.map(([adapter, , step]) => [adapter, step])).toEqual([
      ["sample", "70.0 ns"],
      ["other", "200 ns"],
    ]);
  });

  test("is the same wherever a report tells it", () => {
    const waits = tables.filter(({ title }) => title.startsWith("Waiting and fairness"));
    expect(waits.map(({ notes }) => /step of [\d.]+ ns/.exec(notes[0]!)?.[0])).toEqual([
      "step of 70.0 ns",
      "step of 200 ns",
    ]);
    for (const cell of report.cells.slice(0, 3)) {
      const text = explainCell(report, cell).join(" ");
      expect(text.match(/(?<=step (?:is|of) )[\d.]+ ns/g)).toEqual(["70.0 ns", "70.0 ns"]);
    }
    expect(environmentLines(report).join(" ")).toContain("clock tsc (steps of 70.0 ns to 200 ns)");
  });
});
