import { describe, expect, test } from "vitest";
import type { Cell } from "../src/plan/cell.ts";
import type { CellRun } from "../src/report/build.ts";
import { correctnessTable } from "../src/report/correctness-table.ts";
import { isCandidate, isTried } from "../src/report/correctness.ts";
import { explainCell } from "../src/report/explain.ts";
import { count } from "../src/report/format.ts";
import { reportTables } from "../src/report/tables.ts";
import { richReport } from "./rich-report.ts";
import { sampleBlock, sampleCell, sampleReport, sampleRuns } from "./sample-report.ts";

function run(part: Partial<Cell>, ...blocks: CellRun["blocks"]): CellRun {
  return { cell: sampleCell(part), blocks, failures: [] };
}

function column(runs: readonly CellRun[], name: string): Record<string, string> {
  const { head, rows } = correctnessTable(sampleReport(runs));
  return Object.fromEntries(rows.map((row) => [row[0]!, row[head.indexOf(name)]!]));
}

describe("correctnessTable", () => {
  test("counts the cells that the first sentence counts: those in which something could go wrong", () => {
    const report = richReport();
    const { head, rows } = correctnessTable(report);
    const tried = report.cells.filter((cell) => isCandidate(cell) && isTried(cell)).length;
    const counted = rows
      .filter((row) => row[head.indexOf("verdict")] === "correct")
      .map((row) => Number(row[head.indexOf("cells")]));
    expect(report.cells.filter(isCandidate).length).toBeGreaterThan(tried);
    expect(counted.reduce((sum, cells) => sum + cells, 0)).toBe(tried);
  });

  test("has a bound beside tokens that all rose, and none to tell of where nobody promises tokens", () => {
    const runs = [
      run({}, sampleBlock(100), sampleBlock(100)),
      run({ lock: "none", role: "control" }, sampleBlock(6)),
      run({ lock: "broken", role: "control" }, sampleBlock(70, { lost: 1 })),
      run({ lock: "oracle", role: "control" }, sampleBlock(5)),
      run({ lock: "async", role: "peer", adapter: "peer" }, sampleBlock(5)),
    ];
    // Two million looks.
    expect(column(runs, "tokens")).toEqual({
      futex: "0 <2e-6",
      none: "n/a",
      broken: "n/a",
      oracle: "n/a",
      async: "n/a",
    });
    const report = sampleReport(runs);
    const checks = (i: number): string | undefined =>
      explainCell(report, report.cells[i]!).find((line) => line.startsWith("tokens out of order"));
    expect(checks(0)).toMatch(/ 0 +2\.00 M +< 2e-6$/);
    expect(checks(1)).toMatch(/ n\/a +- +-$/);
    const block = sampleBlock(6);
    const wrong = { ...block, check: { ...block.check!, tokensOutOfOrder: 63 } };
    expect(column([run({}, wrong)], "tokens")).toEqual({ futex: "63" });
  });

  test("has whole numbers of what was counted", () => {
    const lost = column([run({}, sampleBlock(100, { lost: 31 }))], "lost");
    expect(lost).toEqual({ futex: "62" });
    expect([0, 7, 63, 999, 1_000, 24_639].map(count)).toEqual([
      "0",
      "7",
      "63",
      "999",
      "1.00 k",
      "24.6 k",
    ]);
  });
});

test("no table of a report has two columns of one name", () => {
  for (const { head } of reportTables(sampleReport(sampleRuns())))
    expect(new Set(head).size).toBe(head.length);
});
