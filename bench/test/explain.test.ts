import { describe, expect, test } from "vitest";
import { explainCell, findCell } from "../src/report/explain.ts";
import type { Report } from "../src/report/report.ts";
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

  test("says where the cost comes from, and that less than unlocked means a fight over a cache line", () => {
    const text = flat(explain(report, "node/sample/futex/memory/counter/x2/0us"));
    expect(text).toContain("6.00 ns unlocked, 5.00 ns if one contender does everybody's work");
    expect(text).toContain("saves 1.00 ns: unlocked, contenders fight over a cache line");
    expect(text).toContain("The lock costs 56.0 ns (x12.2) beside that");
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
    expect(text).toContain("From asking to the grant: half 2.00 us");
    expect(text).toContain("meant to begin to its end: half 40.0 us");
    expect(text).toContain("at most 1 grant went to others");
    expect(text).toContain("came late by: half 3.00 ms");
    expect(text).toContain("From a holder's end to the next grant: at most 4.00 ms, of 2 ends");
    expect(text).toContain("4 contenders on 2 cores measure the scheduler as much as the lock");
  });

  test("tells the noise of the run", () => {
    expect(flat(explain(report, "oracle"))).toMatch(
      /ratios from x0\.971 to x1\.030\. Twins came out at x1\.027;/,
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
