import { describe, expect, test } from "vitest";
import { explainCell, findCell } from "../src/report/explain.ts";
import type { Cell } from "../src/plan/cell.ts";
import type { Report } from "../src/report/report.ts";
import type { SectionTimes } from "../src/run/block.ts";
import { TERMINAL_COLUMNS } from "../src/report/terminal.ts";
import { histogramOf, loadedBlock, recoveryOf } from "./sample-load.ts";
import { sampleBlock, sampleCell, sampleReport } from "./sample-report.ts";

function explain(report: Report, key: string): string {
  return explainCell(report, findCell(report, key)).join("\n");
}

/** Without the line ends that wrapping has made. */
function flat(text: string): string {
  return text.replace(/\s+/g, " ");
}

describe("explainCell", () => {
  const report = sampleReport();

  test(`has no line longer than ${TERMINAL_COLUMNS} columns, for any cell`, () => {
    for (const cell of report.cells) {
      const lengths = explainCell(report, cell).map((line) => line.length);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(TERMINAL_COLUMNS);
    }
  });

  test("says what was done and how the interval comes about", () => {
    const text = flat(explain(report, "node/sample/futex/memory/counter/x2/0us"));
    expect(text).toContain(
      "Adding 1 to a counter in memory under futex, 2 contenders of sample on node",
    );
    expect(text).toContain(
      "geometric mean of 3 blocks, each a fresh process with 2 windows of 100 ms",
    );
    // Logarithms of 60, 61, 62 scatter by 1.64 %; times 4.30 over the root of 3.
    expect(text).toContain("scatter by 1.6 %, over the root of 3 blocks, times 4.30");
    expect(text).toContain("(+-4.2%)");
  });

  test("says where the cost comes from, and no cause that was not measured", () => {
    const text = flat(explain(report, "node/sample/futex/memory/counter/x2/0us"));
    expect(text).toContain("6.00 ns unlocked, 5.00 ns if one contender does everybody's work");
    expect(text).toContain(
      "saves 1.00 ns, x0.83 (0.83 to 0.83); unlocked may be slower because contenders fight over a cache line, or because more of them share the cores; not measured here.",
    );
    expect(text).toMatch(/Beside that the lock costs 56\.0 ns, x12\.2 \(11\.\d to 12\.\d\)\./);
  });

  test("gives the estimate with and without disturbed blocks", () => {
    const blocks = [sampleBlock(100), sampleBlock(100), sampleBlock(160, { contaminated: true })];
    const some = sampleReport([{ cell: sampleCell(), blocks, failures: ["it hung\nat"] }]);
    const text = flat(explain(some, "futex"));
    expect(text).toContain(
      "Without the 1 block that others disturbed it is 100 ns (+-0.0%) instead of 117 ns.",
    );
    expect(text).toContain("1 block failed: it hung");
    const all = sampleReport([
      { cell: sampleCell(), blocks: [sampleBlock(9, { contaminated: true })], failures: [] },
    ]);
    expect(flat(explain(all, "futex"))).toContain("All 1 blocks were disturbed");
  });

  test("says what is not known about others where no counter tells", () => {
    const block = sampleBlock(100);
    const windows = block.windows.map((window) => ({
      ...window,
      noise: { ...window.noise, othersCores: null },
    }));
    const blind = sampleReport([
      { cell: sampleCell(), blocks: [{ ...block, windows }], failures: [] },
    ]);
    const text = explain(blind, "futex");
    expect(flat(text)).toContain("Whether others disturbed a block is not known");
    expect(flat(text)).toContain("One block gives no interval");
    expect(text).toMatch(/^1 .* \?$/m);
  });

  test("sets beside each zero what it still allows, and counts what was seen", () => {
    const clean = explain(report, "node/sample/futex/memory/counter/x2/0us");
    expect(clean).toMatch(/updates lost +0 +[\d.]+ M +< \de-\d/);
    expect(clean).toMatch(/tickets oversold +n\/a/);
    const broken = explain(report, "broken");
    expect(broken).toMatch(/updates lost +62 +[\d.]+ M +-/);
  });

  test("says what a scenario showed", () => {
    const block = loadedBlock({
      latencies: histogramOf(40_000),
      loopDelays: histogramOf(3e6),
      ...recoveryOf([2e6, 4e6]),
    });
    const loaded = sampleReport([
      { cell: sampleCell({ scenario: "crash", contenders: 4 }), blocks: [block], failures: [] },
    ]);
    const text = flat(explain(loaded, "crash"));
    expect(text).toContain(
      "every operation of these windows was timed, by a clock with a step of 40.0 ns. From asking to the grant: half 2.00 us",
    );
    expect(text).toContain("2 windows of 200 ms");
    expect(text).toContain("That is the pace of the scenario, not the lock's");
    expect(text).not.toMatch(/check windows|Fairness|median window/);
    expect(text).toContain("meant to begin to its end: half 40.0 us");
    expect(text).toContain(
      "Grants to others during one wait: half at most 1, 99 % at most 1, the most 1.",
    );
    expect(text).toContain("came late by: half 3.00 ms");
    expect(text).toContain(
      "2 of 2 holders that were ended were followed by a grant: from the end to the next grant half took at most 3.00 ms, the longest 4.00 ms.",
    );
    expect(text).toContain("4 contenders on 2 cores measure the scheduler as much as the lock");
  });

  test("tells the fairness of a scenario whose contenders come as often as they can", () => {
    const hog = sampleReport([
      {
        cell: sampleCell({ scenario: "hog", section: 10 }),
        blocks: [loadedBlock({ jainHeld: [0.5, 0.6, 0.9] })],
        failures: [],
      },
    ]);
    const text = flat(explain(hog, "hog"));
    expect(text).toContain("Fairness: Jain's index 1.000 in the median window");
    expect(text).toContain("Jain's index over the times inside is 0.600 in the median window");
    expect(text).toContain("2 windows of 100 ms");
    expect(text).not.toMatch(/check windows|pace of the scenario/);
  });

  test("tells between which values the blocks lie, and how far CPU time can be trusted", () => {
    const blocks = [100, 102, 98].map((ns, i) => {
      const block = sampleBlock(ns);
      return {
        ...block,
        check: { ...block.check!, histogram: histogramOf(1_000 * (i + 1)) },
        windows: block.windows.map((window) => ({ ...window, cpuUs: 100_000 + 1_000 * i })),
      };
    });
    const text = flat(
      explain(sampleReport([{ cell: sampleCell(), blocks, failures: [] }]), "futex"),
    );
    expect(text).toContain("half within 2.00 us (blocks: 1.00 us to 3.00 us)");
    expect(text).toMatch(
      /each burned 10\d ns of CPU time \(9\d\.\d ns to 10\d ns with 95 % confidence\)/,
    );
    expect(text).toContain("in the median window (blocks: 1.000 to 1.000)");
  });

  test("says what clocks leave of hand-offs, and counts those that came out negative", () => {
    const sections = Array.from({ length: 60 }, (_, i): SectionTimes => {
      const enteredNs = 1_000 * i + (i === 7 ? -900 : 0);
      return [i % 2, enteredNs - 800, enteredNs, 1_000 * i + 700];
    });
    const of = (clockErrorNs: number): string => {
      const block = { ...loadedBlock({ sections }), clockErrorNs };
      const cell = sampleCell({ scenario: "line-up", section: 1_000 });
      return flat(explain(sampleReport([{ cell, blocks: [block], failures: [] }]), "line-up"));
    };
    expect(of(0)).toMatch(/Hand-offs: half of \d+ took at most 300 ns; all on one clock\./);
    expect(of(0)).toContain("1 came out negative");
    expect(of(120)).toContain("took at most 300 ns +-120 ns; the clocks of two contenders may");
    expect(of(300)).toContain("how long they took cannot be told, since the clocks");
  });

  test("says of a holder's end that nobody was granted after it", () => {
    const stuck = sampleReport([
      {
        cell: sampleCell({ scenario: "crash", section: 10 }),
        blocks: [loadedBlock(recoveryOf([], 3))],
        failures: [],
      },
    ]);
    expect(flat(explain(stuck, "crash"))).toContain(
      "0 of 3 holders that were ended were followed by a grant.",
    );
  });

  test("tells the noise of the run", () => {
    expect(flat(explain(report, "oracle"))).toContain(
      "Noise of this run: twins came out at x1.027. The same cell measured twice differed by up to x1.03; a smaller difference says nothing.",
    );
  });
});

describe("findCell", () => {
  const report = sampleReport(undefined, {
    notMeasured: [{ key: "node/sample/gone/x", why: "it hung.\nmore", failures: [] }],
  });
  const key = "node/sample/futex/memory/counter/x2/0us";

  test("takes a key, and a part of one that only one cell has", () => {
    expect(findCell(report, key).key).toBe(key);
    expect(findCell(report, `${key}/twin`).key).toBe(`${key}/twin`);
    expect(findCell(report, "BROKEN").lock).toBe("broken");
  });

  test("takes the first of two twins", () => {
    expect(findCell(report, "node/sample/futex/memory/counter/x2").key).toBe(key);
  });

  test("takes the shortest section of a steady cell, if the text leaves open nothing else", () => {
    const of = (...parts: Partial<Cell>[]): Report =>
      sampleReport(
        parts.map((part) => ({ cell: sampleCell(part), blocks: [sampleBlock(60)], failures: [] })),
      );
    const cells = [
      { section: 10 },
      { section: 100 },
      {},
      { twin: 1 },
      { contenders: 20 },
      { scenario: "hog", section: 10 },
      { mode: "counter-async" },
    ] as const;
    expect(findCell(of(...cells), "sample/futex/memory/counter/x2").key).toBe(key);
    expect(findCell(of(...cells), "counter/x2/0us").key).toBe(key);
    const two = of(...cells, { adapter: "other", section: 5 });
    expect(findCell(two, "sample/futex/memory/counter/x2").key).toBe(key);
    expect(() => findCell(two, "futex/memory/counter/x2")).toThrow(/cells match/);
    expect(() => findCell(of(...cells), "futex/memory/counter")).toThrow(/cells match/);
  });

  test("names the cells where several match", () => {
    expect(() => findCell(report, "sample")).toThrow(
      /^Cannot explain sample: 9 cells match: node\/sample\/futex.* and 4 more\. Write more of the key\.$/,
    );
  });

  test("names the nearest where none matches, and says why where it was not measured", () => {
    expect(() => findCell(report, "node/futex/x4")).toThrow(
      /no such cell\. Nearest: node\/sample\/futex\/memory\/counter\/x4\/10us,/,
    );
    expect(() => findCell(report, "")).toThrow(/no such cell/);
    expect(() => findCell(report, "node/sample/gone/x")).toThrow(
      "Cannot explain node/sample/gone/x: it was not measured: it hung. Choose another cell.",
    );
  });
});
