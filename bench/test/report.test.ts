import { describe, expect, test } from "vitest";
import { buildCells } from "../src/report/build.ts";
import { duration, margin, rate, violationText } from "../src/report/format.ts";
import { renderMarkdown } from "../src/report/markdown.ts";
import { reportSchema } from "../src/report/schema.ts";
import type { Cell } from "../src/plan/cell.ts";
import { type ReportCell, SCHEMA_VERSION } from "../src/report/report.ts";
import { reportTables } from "../src/report/tables.ts";
import { renderTerminal, TERMINAL_COLUMNS } from "../src/report/terminal.ts";
import { faults, verdictSentences } from "../src/report/verdict.ts";
import { sampleBlock, sampleCell, sampleReport, sampleRuns } from "./sample-report.ts";

describe("reportSchema", () => {
  test("takes a report through JSON unchanged", () => {
    const report = sampleReport();
    expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  test("has at its top and in each cell what readers rely on", () => {
    const report = sampleReport();
    expect(Object.keys(report)).toEqual(
      expect.arrayContaining(["schemaVersion", "environment", "preset", "seed", "cells"]),
    );
    for (const cell of report.cells) {
      expect(Object.keys(cell)).toEqual(
        expect.arrayContaining([
          "runtime",
          "adapter",
          "lock",
          "store",
          "mode",
          "contenders",
          "section",
          "statistics",
          "oversold",
          "lostUpdates",
          "overlaps",
        ]),
      );
    }
  });

  test("refuses another version, and what is no report", () => {
    expect(
      reportSchema.safeParse({ ...sampleReport(), schemaVersion: SCHEMA_VERSION + 1 }).success,
    ).toBe(false);
    expect(reportSchema.safeParse({ cells: [] }).success).toBe(false);
    expect(reportSchema.safeParse(null).success).toBe(false);
  });
});

test("the comparison by runtime and the clocks stand in a report of any format", () => {
  const report = sampleReport();
  const [first] = reportTables(report);
  expect(first!.title).toBe("The same lock by runtime");
  expect(first!.rows).toHaveLength(1);
  const clocks = reportTables(report).find(({ title }) => title === "Clocks")!;
  // Of each adapter the worst block.
  expect(clocks.rows).toContainEqual(["sample", "node", "40.0 ns", "0 ns"]);
  expect(clocks.rows).toContainEqual(["other", "deno", "40.0 ns", "7.00 us"]);
  for (const text of [renderTerminal(report, false), renderMarkdown(report)]) {
    expect(text).toContain("The same lock by runtime");
    expect(text).toContain("Clocks");
  }
});

test("correctness stands before all other tables, in a terminal and in Markdown", () => {
  const report = sampleReport();
  for (const text of [renderTerminal(report, false), renderMarkdown(report)]) {
    const places = [
      "Correctness, all cells of a lock together",
      "How much a 0 says: the control that lets two in",
      "The same lock by runtime",
    ].map((title) => text.indexOf(title));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  }
});

describe("buildCells", () => {
  test("counts no zero where it could not have come out otherwise", () => {
    const cellOf = (part: Partial<Cell>, wrong = {}): ReportCell =>
      buildCells(
        [{ cell: sampleCell(part), blocks: [sampleBlock(60, wrong)], failures: [] }],
        2,
      )[0]!;
    const seen = ({ checks }: ReportCell): (number | null)[] => [
      checks.lostUpdates.seen,
      checks.overlaps.seen,
      checks.oversold.seen,
    ];
    expect(seen(cellOf({}))).toEqual([0, 0, null]);
    expect(seen(cellOf({ contenders: 1 }))).toEqual([null, null, null]);
    expect(seen(cellOf({ lock: "oracle", role: "control" }))).toEqual([null, null, null]);
    expect(seen(cellOf({ lock: "private-line", role: "control" }))[0]).toBeNull();
    const sale = { role: "sale", mode: "mutex", contenders: 1 } as const;
    expect(seen(cellOf(sale, { oversold: 0 }))).toEqual([null, null, null]);
    // A fault is one all the same.
    expect(seen(cellOf({ contenders: 1 }, { lost: 2, overlaps: 1 }))).toEqual([4, 1, null]);
    expect(seen(cellOf(sale, { oversold: 1 }))).toEqual([1, null, 1]);
  });

  test("sets a lock between its unlocked cell and its oracle", () => {
    const [lock] = buildCells(sampleRuns(), 2);
    expect(lock!.statistics.split).toMatchObject({
      unlockedNs: expect.closeTo(6, 6),
      oracleNs: expect.closeTo(5, 6),
    });
    expect(lock!.statistics.split!.lockTaxNs).toBeCloseTo(
      lock!.statistics.nsPerOperation.value - 5,
      6,
    );
  });

  test("derives throughput from the mean time, not from the mean of rates", () => {
    const [cell] = buildCells(
      [{ cell: sampleCell(), blocks: [sampleBlock(100), sampleBlock(400)], failures: [] }],
      2,
    );
    expect(cell!.statistics.nsPerOperation.value).toBeCloseTo(200, 6);
    expect(cell!.statistics.throughputPerS.value).toBeCloseTo(5e6, 0);
  });

  test("counts violations and bounds what was not seen", () => {
    const cells = buildCells(sampleRuns(), 2);
    const broken = cells.find((cell) => cell.lock === "broken")!;
    expect(broken).toMatchObject({ lostUpdates: 62, overlaps: 17, oversold: null });
    const [lock] = cells;
    expect(lock).toMatchObject({ lostUpdates: 0, overlaps: 0 });
    expect(lock!.checks.lostUpdates.bound).toBeCloseTo(3 / lock!.checks.lostUpdates.trials, 12);
    expect(cells.find((cell) => cell.mode === "unlocked")!.oversold).toBe(156);
    expect(cells.find((cell) => cell.role === "peer")!.overlaps).toBeNull();
  });

  test("labels more contenders than cores, and leaves out what has no block", () => {
    const cells = buildCells(
      [...sampleRuns(), { cell: sampleCell({ lock: "gone" }), blocks: [], failures: ["why"] }],
      2,
    );
    expect(cells.filter((cell) => cell.oversubscribed).map((cell) => cell.contenders)).toEqual([4]);
    expect(cells.some((cell) => cell.lock === "gone")).toBe(false);
  });
});

describe("renderTerminal", () => {
  test(`has no line longer than ${TERMINAL_COLUMNS} columns and no colour where none is wanted`, () => {
    const failures = ["Cannot measure: something very long happened ".repeat(5)];
    const report = sampleReport(undefined, {
      leftOut: ["a", "b"],
      notMeasured: [{ key: "node/a/b/c", why: failures[0]!, failures }],
      conformance: [
        {
          adapter: "an-adapter-with-a-rather-long-name",
          lock: "futex",
          passed: 1,
          failed: 1,
          failures,
        },
      ],
    });
    const text = renderTerminal(report, false);
    const longest = Math.max(...text.split("\n").map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(TERMINAL_COLUMNS);
    expect(text).not.toContain("\u001b");
    expect(renderTerminal(report, true)).toContain("\u001b");
  });

  test("sets violations beside every throughput", () => {
    for (const table of reportTables(sampleReport())) {
      if (!table.head.includes("ops/s")) continue;
      expect(table.head).toEqual(expect.arrayContaining(["oversold", "lost", "overlap"]));
    }
  });
});

test("renderMarkdown escapes what would break a table", () => {
  const text = renderMarkdown(
    sampleReport([{ cell: sampleCell({ lock: "a|b" }), blocks: [sampleBlock(5)], failures: [] }]),
  );
  expect(text).toContain(String.raw`a\|b`);
});

test("a report names the cases that peers fail, and what was not tried", () => {
  const text = renderMarkdown(sampleReport());
  expect(text).toContain(
    "| multiprocessing.Lock | python | 0 | 1 | a terminated holder's lock goes to a waiter: the waiter was not granted |",
  );
  expect(text).toContain("| threading.Lock | python | - | - | not tried |");
  expect(text).toContain("no notion of fencing tokens");
});

describe("verdictSentences", () => {
  test("say when the broken control was not caught, and when a lock was wrong", () => {
    const quiet = sampleReport([
      {
        cell: sampleCell({ lock: "broken", role: "control" }),
        blocks: [sampleBlock(5)],
        failures: [],
      },
    ]);
    expect(verdictSentences(quiet).join("\n")).toContain("NOT caught");
    const wrong = sampleReport([
      { cell: sampleCell(), blocks: [sampleBlock(5, { overlaps: 1 })], failures: [] },
    ]);
    expect(verdictSentences(wrong)[0]).toMatch(/^WRONG: node\/sample\/futex/);
    expect(verdictSentences(sampleReport())[0]).toMatch(/^Correct/);
  });

  test("say that a stopped run is partial and a smoke run proves nothing", () => {
    const text = verdictSentences(
      sampleReport(undefined, { partial: true, conclusions: false }),
    ).join("\n");
    expect(text).toContain("Partial");
    expect(text).toContain("No conclusions");
  });
});

test("formats are short and say their unit", () => {
  expect([rate(999), rate(12_345), rate(1.5e6), rate(2e9)]).toEqual([
    "999",
    "12.3 k",
    "1.50 M",
    "2.00 G",
  ]);
  expect([
    duration(null),
    duration(4.567),
    duration(-45_123),
    duration(2e6),
    duration(3e9),
  ]).toEqual(["-", "4.57 ns", "-45.1 us", "2.00 ms", "3.00 s"]);
  expect(margin({ value: 100, low: 95, high: 106, blocks: 5 })).toBe("6.0%");
  expect(violationText({ seen: 0, trials: 3_000, bound: 0.001 })).toBe("0 <1e-3");
  expect(violationText({ seen: null, trials: 0, bound: null })).toBe("n/a");
});

describe("faults", () => {
  const control = sampleCell({ lock: "broken", role: "control" });

  test("are none where locks are right, races lose and the broken control is caught", () => {
    expect(faults(sampleReport())).toEqual([]);
  });

  test("name a lock that is wrong and how, one line each", () => {
    const wrong = sampleBlock(5, { overlaps: 2, lost: 1 });
    const tokens = { ...sampleBlock(5), check: { ...sampleBlock(5).check!, tokensOutOfOrder: 4 } };
    const sold = sampleCell({ role: "sale", mode: "mutex", store: "s" });
    const lines = faults(
      sampleReport([
        { cell: sampleCell(), blocks: [wrong], failures: [] },
        { cell: sampleCell({ lock: "fifo" }), blocks: [tokens], failures: [] },
        { cell: sold, blocks: [sampleBlock(5, { oversold: 3 })], failures: [] },
      ]),
    );
    expect(lines).toEqual([
      expect.stringMatching(/^Wrong: \S+futex\S+: 2 updates lost, 2 overlaps\.$/),
      expect.stringMatching(/^Wrong: \S+fifo\S+: 4 tokens out of order\.$/),
      expect.stringMatching(/^Wrong: \S+mutex\S+: 3 tickets oversold, 3 updates lost\.$/),
    ]);
  });

  test("name the control that was not caught, failed blocks and failed conformance", () => {
    const lines = faults(
      sampleReport([{ cell: control, blocks: [sampleBlock(5)], failures: ["why\nmore"] }], {
        notMeasured: [
          { key: "a/key", why: "x", failures: ["x", "y"] },
          { key: "c/key", why: "no C compiler", failures: [] },
        ],
        conformance: [
          { adapter: "sample", lock: "futex", passed: 0, failed: 1, failures: ["case"] },
        ],
      }),
    );
    expect(lines).toEqual([
      expect.stringMatching(/^Not caught: \S+broken/),
      "Not conformant: sample futex: case.",
      expect.stringMatching(/^Failed: a block of \S+broken\S+: why\.$/),
      "Failed: 2 blocks of a/key: x.",
    ]);
  });
});

test("buildCells divides CPU time by all operations of the run, and judges fairness window by window", () => {
  const block = sampleBlock(100);
  const [first] = block.windows;
  const windows = [
    { ...first!, operations: 100, shares: [100, 0], allOperations: 125, cpuUs: 50 },
    { ...first!, operations: 100, shares: [0, 100], allOperations: 125, cpuUs: 50, retries: 25 },
  ];
  const [cell] = buildCells(
    [{ cell: sampleCell(), blocks: [{ ...block, windows }], failures: [] }],
    2,
  );
  expect(cell!.statistics.cpuSecondsPerOperation).toBeCloseTo(0.4e-6, 12);
  expect(cell!.statistics.retriesPerOperation).toBeCloseTo(0.1, 12);
  expect(cell!.statistics.fairness).toEqual({
    jain: 0.5,
    jainWorst: 0.5,
    smallestToLargest: 0,
    smallestToLargestWorst: 0,
  });
});

test("a report says where it is not known what others did", () => {
  const block = sampleBlock(100);
  const windows = block.windows.map((each) => ({
    ...each,
    noise: { ...each.noise, othersCores: null },
  }));
  const report = sampleReport([
    { cell: sampleCell(), blocks: [{ ...block, windows }], failures: [] },
  ]);
  expect(report.cells[0]!.statistics.othersKnown).toBe(false);
  expect(renderTerminal(report, false)).toContain("c?");
  expect(renderMarkdown(report)).toContain("Contamination unknown");
});
