import { describe, expect, test } from "vitest";
import { buildCells, type CellRun } from "../src/report/build.ts";
import { explainCell } from "../src/report/explain.ts";
import { otherPaceShare, pacesOf, paceSentences } from "../src/report/pace.ts";
import type { Report, ReportCell } from "../src/report/report.ts";
import { notesOf } from "../src/report/tables/cell-columns.ts";
import { paceTable } from "../src/report/tables/pace-table.ts";
import { scenarioTables } from "../src/report/tables/scenario-tables.ts";
import { isUnsettled } from "../src/report/warmth.ts";
import type { BlockResult } from "../src/run/block.ts";
import type { Cell } from "../src/plan/cell.ts";
import { withUntold } from "../src/worktree/with-untold.ts";
import { blockSchema } from "../src/report/schema.ts";
import { loadedBlock } from "./sample-load.ts";
import { sampleBlock, sampleCell, sampleReport } from "./sample-report.ts";

function cellsOf(
  ...runs: readonly (readonly [Partial<Cell>, readonly BlockResult[]])[]
): ReportCell[] {
  return buildCells(
    runs.map(([part, blocks]): CellRun => ({ cell: sampleCell(part), blocks, failures: [] })),
    2,
  );
}

/** A block beside whose windows the machine had these paces. */
function paced(...paces: readonly (number | null)[]): BlockResult {
  const block = sampleBlock(100);
  const [window] = block.windows;
  return {
    ...block,
    windows: paces.map((pace) => ({ ...window!, noise: { ...window!.noise, pace } })),
  };
}

function settling(...settled: readonly (boolean | null)[]): BlockResult {
  return { ...sampleBlock(100), settled };
}

describe("the machine's pace", () => {
  // Bun compiles the piece of work to something shorter: its best is not Node's.
  const cells = cellsOf(
    [{}, [paced(5, 5.1, 8), paced(5.2, 9, 5)]],
    [{ contenders: 1 }, [paced(5, 5, 5)]],
    [{ runtime: "bun", adapter: "other" }, [paced(2, 2.2)]],
    [{ runtime: "c", adapter: "peer", role: "peer" }, [paced(null)]],
  );

  test("is told for each runtime whose windows have one", () => {
    const told = { settled: true };
    expect(pacesOf(cells)).toEqual([
      { ...told, runtime: "node", bestNs: 5, typicalNs: 5, slowestNs: 9, windows: 9, others: 2 },
      { ...told, runtime: "bun", bestNs: 2, typicalNs: 2.1, slowestNs: 2.2, windows: 2, others: 0 },
    ]);
    expect(paceTable(sampleReport([], { cells })).rows).toEqual([
      ["node", "5.00 ns", "5.00 ns", "9.00 ns", "9", "22%"],
      ["bun", "2.10 ns", "2.00 ns", "2.20 ns", "2", "0%"],
    ]);
  });

  test("of a cell is the share of its windows beyond 1.15 times the run's best, not the cell's", () => {
    const shares = cells.map((cell) => otherPaceShare(cell, pacesOf(cells)));
    expect(shares).toEqual([2 / 6, 0, 0, null]);
  });

  test("stands in the first lines where more than a tenth of the windows had another", () => {
    expect(paceSentences(cells)).toEqual([
      expect.stringMatching(
        /beside 22 % of node's windows \(up to 1\.80 times\), 0 % of bun's windows \(up to 1\.10 times\)\./,
      ),
    ]);
    expect(paceSentences(cellsOf([{}, [paced(5, 5, 5, 5, 5, 5, 5, 5, 5, 9)]]))).toEqual([]);
    expect(paceSentences(cellsOf([{}, [paced(null)]]))).toEqual([]);
  });

  test("has a best that a twentieth of the windows reached, no lone minimum", () => {
    const [pace] = pacesOf(cellsOf([{}, [paced(3, ...Array<number>(39).fill(5))]]));
    expect(pace).toMatchObject({ bestNs: 5, others: 0 });
  });

  test.each([
    ["blocks begin slower than they go on", [paced(2.6, 2, 2, 2), paced(2.5, 2.1, 2, 2)]],
    ["windows are slower than any neighbour makes them", [paced(2, 2, 2, 12), paced(2, 2, 12, 2)]],
  ])("is not told by a runtime whose %s: that is its compiler's", (_, blocks) => {
    const some = cellsOf([{}, [paced(5, 9, 5, 9)]], [{ runtime: "bun", adapter: "other" }, blocks]);
    expect(pacesOf(some).map(({ settled }) => settled)).toEqual([true, false]);
    expect(otherPaceShare(some[1]!, pacesOf(some))).toBeNull();
    const [sentence = ""] = paceSentences(some);
    expect(sentence).toContain("beside 50 % of node's windows (up to 1.80 times).");
    expect(sentence).toContain("Nothing is told of bun, whose compiler had not settled.");
    const report: Report = sampleReport([], { cells: some });
    expect(paceTable(report).rows[1]!.at(-1)).toBe("not told");
    expect(explainCell(report, some[1]!).join(" ")).toContain("its compiler had not settled");
  });

  test("marks no block and changes no estimate", () => {
    const [slow, fast] = [[paced(9, 9)], [paced(5, 5)]].map((blocks) => cellsOf([{}, blocks])[0]!);
    expect(slow!.statistics).toEqual(fast!.statistics);
    expect(notesOf(slow!)).toBe(notesOf(fast!));
  });
});

describe("a warm-up that ended because its time was up", () => {
  test("is noted where it was so of most contenders", () => {
    const notes = (...blocks: BlockResult[]): string => notesOf(cellsOf([{}, blocks])[0]!);
    expect(notes(settling(true, false), settling(false, false))).toBe("w");
    expect(notes(settling(true, false), settling(true, true))).toBe("");
  });

  test("is not supposed where nobody said", () => {
    expect(isUnsettled([settling(null, null)])).toBe(false);
    // Who does not work in a cell, as all but one under the oracle, has nothing to warm up.
    expect(isUnsettled([settling(true, null, null, null)])).toBe(false);
    expect(isUnsettled([settling(false, null, null, null)])).toBe(true);
  });
});

test("explainCell tells of pace, warm-up and what looking at the clock took", () => {
  const block = {
    ...paced(5, 8),
    settled: [true, false],
    lookNs: [90, 110],
  };
  const cells = cellsOf([{}, [block]]);
  const report: Report = sampleReport([], { cells });
  const text = explainCell(report, cells[0]!).join(" ");
  expect(text).toContain(
    "6.50 ns typical, 5.00 ns at best, 8.00 ns at worst in this run with node; 50 % of this cell's windows",
  );
  expect(text).toContain(
    "1 of 2 contenders, all blocks together, agreed in the end; for the others",
  );
  // 500 looks of 100 ns in two contenders' 100 ms.
  expect(text).toContain("100 ns each time, took 0.03 % of the windows");
});

test("the scenario table shows what was offered and served of what the lock can serve", () => {
  const rates = { saturationPerS: 10_000, offeredPerS: 5_200, servedPerS: 4_900 };
  const [table] = scenarioTables(cellsOf([{ scenario: "open-50" }, [loadedBlock({ rates })]]));
  const column = (name: string): string => table!.rows[0]![table!.head.indexOf(name)]!;
  expect([column("offered"), column("served")]).toEqual(["52%", "49%"]);
  const [hog] = scenarioTables(cellsOf([{ scenario: "hog" }, [loadedBlock()]]));
  expect(hog!.head).not.toContain("offered");
});

test("withUntold reads what an earlier bench answers as not known, and leaves the rest as it is", () => {
  const told = new Set(["settled", "lookNs", "load", "looks", "pace"]);
  const whole = sampleBlock(100);
  const earlier: unknown = JSON.parse(
    JSON.stringify(whole, (key, value: unknown) => (told.has(key) ? undefined : value)),
  );
  expect(blockSchema.safeParse(earlier).success).toBe(false);
  const parsed = blockSchema.parse(withUntold(earlier));
  expect(parsed).toMatchObject({ settled: [null, null], lookNs: [], load: null, meanNs: 100 });
  expect(parsed.windows[0]).toMatchObject({ looks: null, noise: { pace: null } });
  expect(withUntold(whole)).toEqual(whole);
  expect(withUntold("nonsense")).toBe("nonsense");
  expect(blockSchema.safeParse(withUntold({ windows: 7 })).success).toBe(false);
});
