import { describe, expect, test } from "vitest";
import type { Cell } from "../src/plan/cell.ts";
import type { CellRun } from "../src/report/build.ts";
import { verdictSentences } from "../src/report/verdict.ts";
import { sampleBlock, sampleCell, sampleReport } from "./sample-report.ts";

function run(part: Partial<Cell>, ...meansNs: number[]): CellRun {
  return { cell: sampleCell(part), blocks: meansNs.map((ns) => sampleBlock(ns)), failures: [] };
}

function sentences(runs: readonly CellRun[]): string[] {
  return verdictSentences(sampleReport(runs));
}

describe("the first of the verdictSentences", () => {
  test("says nothing of tickets where no sale was measured", () => {
    const [first] = sentences([run({}, 100)]);
    // Two windows of a million operations each, and the check window.
    expect(first).toBe(
      "Correct: no update lost in 1 cell and 3.00 M operations; no overlap in 1.00 M looks; no ticket sale was measured.",
    );
  });

  test("says in how many sell-outs tickets were counted", () => {
    const sale = (mode: Cell["mode"], oversold: number): CellRun => ({
      cell: sampleCell({ role: "sale", mode, store: "shared" }),
      blocks: [sampleBlock(100, { oversold }), sampleBlock(100, { oversold })],
      failures: [],
    });
    const [first] = sentences([run({}, 100), sale("mutex", 0), sale("unlocked", 9)]);
    expect(first).toMatch(
      /^Correct: no update lost in 2 cells .*; no ticket sold twice in 2 sell-outs\.$/,
    );
    expect(sentences([sale("mutex", 1)])[0]).toMatch(/^WRONG: node\/sample\/futex/);
  });

  test("is not there where nothing claims to be right", () => {
    expect(sentences([run({ lock: "none", role: "control" }, 5)])).toEqual([]);
  });
});

describe("verdictSentences on cost", () => {
  const gates = [
    run({ gate: true, contenders: 1 }, 20, 20.1, 19.9),
    run({ gate: true }, 60, 60.2, 59.8),
    run({ lock: "none", role: "control" }, 6, 6, 6),
    run({ lock: "oracle", role: "control" }, 5, 5, 5),
  ];

  test("set the default lock, alone and contended, beside its controls", () => {
    expect(sentences(gates)[1]).toBe(
      "sample on node: adding 1 under futex takes 20.0 ns (+-1.2%) alone, 60.0 ns (+-0.8%) between 2; unlocked 6.00 ns, one doing it for all 5.00 ns.",
    );
  });

  test("name ties and what is faster, and not what is slower", () => {
    const beside = [
      run({ lock: "twin-of-it" }, 60.1, 60.3, 59.7),
      run({ lock: "quick" }, 30, 30.1, 29.9),
      run({ lock: "slow" }, 600, 601, 599),
    ];
    expect(sentences([...gates, ...beside])[1]).toMatch(
      /; twin-of-it cannot be told from it; quick is faster by x2\.00\.$/,
    );
  });

  test("end with their scope and what is noise", () => {
    expect(sentences(gates).at(-1)).toBe(
      "That holds for this machine (2 cores), sections of 0 us and contenders that come again at once; a difference within x0.97 to x1.03 is noise.",
    );
  });

  test("are not there without default locks, for one that was wrong, and where nothing is concluded", () => {
    expect(sentences([run({}, 60)])).toHaveLength(1);
    const wrong: CellRun = {
      cell: sampleCell({ gate: true }),
      blocks: [sampleBlock(5, { lost: 1 })],
      failures: [],
    };
    expect(sentences([wrong])).toHaveLength(1);
    const smoke = verdictSentences(sampleReport(gates, { conclusions: false, preset: "smoke" }));
    expect(smoke).toHaveLength(2);
    expect(smoke[1]).toMatch(/^No conclusions/);
  });
});
