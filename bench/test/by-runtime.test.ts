import { describe, expect, test } from "vitest";
import type { Cell } from "../src/plan/cell.ts";
import { buildCells, type CellRun } from "../src/report/build.ts";
import { compareRuntimes, type RuntimeRow, runtimeTable } from "../src/report/by-runtime.ts";
import { runNoise } from "../src/report/run-noise.ts";
import type { Table } from "../src/report/table.ts";
import { sampleBlock, sampleCell } from "./sample-report.ts";

function run(part: Partial<Cell>, ...meansNs: number[]): CellRun {
  return { cell: sampleCell(part), blocks: meansNs.map((ns) => sampleBlock(ns)), failures: [] };
}

function compare(...runs: CellRun[]): RuntimeRow[] {
  return compareRuntimes(buildCells(runs, 2));
}

describe("compareRuntimes", () => {
  const node = run({}, 50, 52, 48);
  const deno = run({ runtime: "deno", adapter: "d" }, 100, 104, 96);
  const bun = run({ runtime: "bun", adapter: "b" }, 25, 26, 24);

  test("sets the same lock on the same work side by side, in the order of the columns", () => {
    const [row, ...none] = compare(bun, deno, node);
    expect(none).toEqual([]);
    expect(row).toMatchObject({ lock: "futex", store: "memory", contenders: 2, section: 0 });
    expect(row!.columns.map(({ runtime }) => runtime)).toEqual(["node", "deno", "bun"]);
    const [first, second, third] = row!.columns.map(({ ratio }) => ratio);
    expect(first).toBeNull();
    expect(second!.value).toBeCloseTo(2, 6);
    expect(second!.low).toBeLessThan(2);
    expect(second!.high).toBeGreaterThan(2);
    expect(third!.value).toBeCloseTo(0.5, 6);
  });

  test.each([
    ["another lock", { lock: "fifo" }],
    ["threads beside processes", { store: "mapped" }],
    ["another number of contenders", { contenders: 4 }],
    ["another section", { section: 10 }],
    ["another mode", { mode: "counter-async" }],
    ["the second of two twins", { twin: 1 }],
  ] as const)("does not compare %s", (_, part) => {
    expect(compare(node, run({ runtime: "deno", adapter: "d", ...part }, 100))).toEqual([]);
  });

  test("is no comparison of what one runtime alone measured, nor of the broken control", () => {
    const broken = { lock: "broken", role: "control" } as const;
    expect(compare(node)).toEqual([]);
    expect(compare(run(broken, 9), run({ ...broken, runtime: "deno" }, 9))).toEqual([]);
  });

  test("gives no interval where a runtime has one block only", () => {
    const [row] = compare(node, run({ runtime: "bun" }, 25));
    expect(row!.columns[1]!.ratio).toMatchObject({ low: null, high: null });
  });
});

function tableOf(...runs: CellRun[]): Table {
  const cells = buildCells(runs, 2);
  return runtimeTable(compareRuntimes(cells), cells, runNoise(cells));
}

describe("runtimeTable", () => {
  test("has a column for each runtime that was measured and ratios to the first", () => {
    const { head, rows } = tableOf(
      run({}, 50, 50.1, 50.2),
      run({ runtime: "bun" }, 25, 25.1, 25.2),
      run({ lock: "none", role: "control", runtime: "deno" }, 5, 5),
      run({ lock: "none", role: "control", runtime: "bun" }, 10, 10),
    );
    expect(head.slice(4)).toEqual(["node", "deno", "bun", "deno/node", "bun/node"]);
    expect(rows.map((row) => row.slice(4))).toEqual([
      ["50.1 ns", "-", "25.1 ns", "-", expect.stringMatching(/^x0\.50 \+-\d/)],
      // No ratio to Deno under a heading that says Node.
      ["-", "5.00 ns", "10.0 ns", "-", "-"],
    ]);
  });

  test("calls a tie what cannot be told apart in the whole table, and nothing else", () => {
    const base = run({}, 100, 101, 102, 103, 104);
    const deno = run({ runtime: "deno" }, 106.6, 107.7, 108.8, 109.9, 111);
    const ratios = (...others: CellRun[]): (string | undefined)[] =>
      tableOf(base, deno, ...others).rows[0]!.slice(-1);
    expect(ratios()).toEqual([expect.stringMatching(/^x1\.07 \+-/)]);
    // The more there is to compare, the more it takes.
    const many = [10, 20, 30, 40, 50, 60, 70, 80].flatMap((section) => [
      run({ section }, 100, 101, 102, 103, 104),
      run({ section, runtime: "deno" }, 100, 101, 102, 103, 105),
    ]);
    expect(ratios(...many)).toEqual([expect.stringMatching(/^x1\.07 tie \+-/)]);
    // Nor is it more than what the same cell differed by.
    const twin = run({ twin: 1, section: 10 }, 109, 110, 111, 112, 113);
    expect(ratios(run({ section: 10 }, 100, 101, 102, 103, 104), twin)).toEqual([
      expect.stringMatching(/^x1\.07 tie/),
    ]);
  });
});
