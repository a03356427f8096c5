import { describe, expect, test } from "vitest";
import type { Cell } from "../src/plan/cell.ts";
import type { CellRun } from "../src/report/build.ts";
import type { Table } from "../src/report/table.ts";
import { reportTables } from "../src/report/tables.ts";
import { renderTerminal, TERMINAL_COLUMNS } from "../src/report/terminal.ts";
import type { BlockResult, SectionTimes } from "../src/run/block.ts";
import { histogramOf, loadedBlock, recoveryOf } from "./sample-load.ts";
import { sampleBlock, sampleCell, sampleReport, sampleRuns } from "./sample-report.ts";

function run(part: Partial<Cell>, blocks: readonly BlockResult[]): CellRun {
  return { cell: sampleCell(part), blocks, failures: [] };
}

const about = (ns: number): BlockResult[] =>
  [0.99, 1, 1.01].map((factor) => sampleBlock(factor * ns));

function tableOf(runs: readonly CellRun[], title: string | RegExp): Table {
  return reportTables(sampleReport(runs)).find((table) => table.title.match(title) !== null)!;
}

function column({ head, rows }: Table, name: string): (string | undefined)[] {
  return rows.map((row) => row[head.indexOf(name)]);
}

describe("the main matrix", () => {
  const locks = [
    run({ lock: "quick" }, about(60)),
    run({ lock: "also-quick" }, about(60.5)),
    run({ lock: "slow" }, about(90)),
    run({ lock: "quick", twin: 1 }, about(60)),
    run({ lock: "none", role: "control" }, about(6)),
    run({ lock: "quick", contenders: 1 }, about(20)),
  ];

  test("has tie letters where two locks or more were measured on the same work, and for nothing else", () => {
    const table = tableOf(locks, /^Adding 1/);
    expect(table.rows.map((row, i) => [row[0], row[1], column(table, "tie")[i]])).toEqual([
      ["quick", "1", ""],
      ["also-quick", "2", "a"],
      ["quick", "2", "a"],
      ["quick", "2", ""],
      ["slow", "2", "b"],
      ["none", "2", ""],
    ]);
    expect(table.notes.join(" ")).toContain("share a letter cannot be told apart");
  });

  test("has no column for ties where there is nothing to tie", () => {
    expect(tableOf(sampleRuns(), /^Adding 1/).head).not.toContain("tie");
  });

  test("ties what differs by no more than the same cell measured twice, however sure it is", () => {
    const surely = (ns: number): BlockResult[] =>
      [0.999, 1, 1.001].map((factor) => sampleBlock(factor * ns));
    // Twins whose interval reaches 1 leave the band at its least, and are 10 % apart all the same.
    const twin = [60, 66, 72].map((ns) => sampleBlock(ns));
    const letters = (slowNs: number): (string | undefined)[] =>
      column(
        tableOf(
          [
            run({ lock: "quick" }, surely(60)),
            run({ lock: "quick", twin: 1 }, twin),
            run({ lock: "slow" }, surely(slowNs)),
          ],
          /^Adding 1/,
        ),
        "tie",
      );
    expect(letters(64.8)).toEqual(["a", "", "a"]);
    expect(letters(68)).toEqual(["a", "", "b"]);
  });

  test("is not cut short by the letters", () => {
    const text = renderTerminal(sampleReport(locks), false);
    const table = text.slice(text.indexOf("Adding 1"), text.indexOf("x: contenders"));
    expect(table).toContain(" tie ");
    expect(table).not.toContain("…");
  });
});

test("the noise table has each pair of twins, and says that what differs by less says nothing", () => {
  const table = tableOf(
    [run({}, about(60)), run({ twin: 1 }, about(72))],
    "Noise floor: the same cell measured twice",
  );
  expect(table.rows).toEqual([
    [
      "node/sample/futex/memory/counter/x2/0us",
      "60.0 ns",
      "72.0 ns",
      "x1.200",
      expect.stringMatching(/^x1\.17\d to x1\.22\d$/),
    ],
  ]);
  expect(table.notes).toEqual([
    "The same cell measured twice differed by up to x1.20; a smaller difference says nothing.",
    expect.stringMatching(/^A tie is .* reaches into x0\.85\d to x1\.17\d/),
  ]);
});

describe("a scenario's table", () => {
  const load = { contenders: 4, section: 10 };

  test("has a row for each cell, and no column in which nothing stands", () => {
    const table = tableOf(
      [
        run({ ...load, scenario: "open-70" }, [loadedBlock({ latencies: histogramOf(40_000) })]),
        run({ ...load, scenario: "open-70", adapter: "other", lock: "fifo" }, [loadedBlock()]),
      ],
      /^Scenario open-70$/,
    );
    expect(table.head).toEqual([
      "contenders of",
      "lock",
      "per s",
      "wait p50",
      "wait p99",
      "longest",
      "passed p99",
      "done p50",
      "done p99",
      "notes",
    ]);
    expect(column(table, "per s")).toEqual(["10.0 M", "10.0 M"]);
    expect(column(table, "done p50")).toEqual(["-", "40.0 us"]);
    expect(column(table, "passed p99")).toEqual(["1", "1"]);
    expect(column(table, "longest")).toEqual(["5.00 us", "5.00 us"]);
    expect(table.notes[0]).toMatch(
      /^purchases that come at random times.*: 4 contenders, sections of 10 us\.$/,
    );
    expect(table.notes.join(" ")).toContain("rows with different rates are not the same load");
    expect(table.notes.join(" ")).not.toContain("timers");
  });

  test("shows loop delays and recovery where there are any", () => {
    const loop = tableOf(
      [run({ ...load, scenario: "loop-delay" }, [loadedBlock({ loopDelays: histogramOf(2e6) })])],
      /^Scenario loop-delay/,
    );
    expect(column(loop, "latest")).toEqual([expect.stringMatching(/^2\.00 ms$/)]);
    const crash = tableOf(
      [run({ ...load, scenario: "crash" }, [loadedBlock(recoveryOf(Array(30).fill(3e6)))])],
      /^Scenario crash/,
    );
    expect(column(crash, "recovered")).toEqual(["30/30"]);
    expect(column(crash, "next p50")).toEqual(["3.00 ms"]);
    expect(column(crash, "next max")).toEqual(["3.00 ms"]);
    expect(crash.head).not.toContain("Jain");
    const stuck = tableOf(
      [
        run({ ...load, scenario: "crash" }, [loadedBlock(recoveryOf([], 2))]),
        run({ ...load, scenario: "crash", lock: "fifo" }, [loadedBlock(recoveryOf([2e6, 4e6], 3))]),
      ],
      /^Scenario crash/,
    );
    expect(column(stuck, "recovered")).toEqual(["2/3", "0/2"]);
    expect(column(stuck, "next p50")).toEqual(["3.00 ms", "-"]);
    expect(column(stuck, "next max")).toEqual(["4.00 ms", "-"]);
  });

  test("has no 99th percentile of what too few samples tell", () => {
    const table = tableOf(
      [
        run({ ...load, scenario: "open-70" }, [loadedBlock({ passedBy: histogramOf(7, 200) })]),
        run({ ...load, scenario: "open-70", lock: "fifo" }, [loadedBlock()]),
      ],
      /^Scenario open-70/,
    );
    expect(column(table, "lock")).toEqual(["fifo", "futex"]);
    expect(column(table, "passed p99")).toEqual(["1", "-"]);
  });

  test("has a hand-off with what its clocks may differ by, and none where that is more", () => {
    const sections = Array.from({ length: 60 }, (_, i): SectionTimes => [
      i % 2,
      1_000 * i - 800,
      1_000 * i,
      1_000 * i + 700,
    ]);
    const handOff = (clockErrorNs: number): (string | undefined)[] => {
      const block = { ...loadedBlock({ sections }), clockErrorNs };
      const table = tableOf([run({ ...load, scenario: "line-up" }, [block])], /^Scenario line-up/);
      return table.head.includes("hand-off") ? column(table, "hand-off") : [];
    };
    expect([handOff(0), handOff(90), handOff(300)]).toEqual([["300 ns"], ["300 ns +-90.0 ns"], []]);
  });

  test("says what was lost, overlapped and out of order in a table of its own, with bounds", () => {
    const block = loadedBlock();
    const wrong = { ...block, check: { ...block.check!, tokensOutOfOrder: 3 } };
    const table = tableOf(
      [
        run({ ...load, scenario: "hog" }, [block]),
        run({ ...load, scenario: "crash", lock: "fifo" }, [wrong]),
      ],
      "Correctness in scenarios",
    );
    expect(table.rows.map((row) => [row[0], ...row.slice(5)])).toEqual([
      ["hog", "0 <1e-6", "0 <3e-6", "0 <3e-6"],
      ["crash", "0 <1e-6", "0 <3e-6", "3"],
    ]);
  });

  test("says where somebody was inside beside another", () => {
    const of = (lock: string, overlaps: number): CellRun => {
      const block = loadedBlock();
      return run(
        { ...load, scenario: "line-up", lock, role: lock === "none" ? "control" : "lock" },
        [{ ...block, check: { ...block.check!, overlaps } }],
      );
    };
    const table = tableOf([of("futex", 0), of("none", 17)], /^Scenario line-up/);
    expect(column(table, "overlap")).toEqual(["0", "17"]);
    expect(tableOf([of("futex", 0)], /^Scenario line-up/).head).not.toContain("overlap");
  });

  test.each([
    ["open-70", { latencies: histogramOf(140_000) }],
    ["loop-delay", { loopDelays: histogramOf(12e6) }],
    ["crash", recoveryOf(Array(30).fill(3e6))],
  ])("fits into a terminal without being cut: %s", (scenario, part) => {
    const block = { ...loadedBlock(part), contaminated: true };
    const text = renderTerminal(
      sampleReport([
        run({ ...load, scenario, adapter: "deno-adapter/workers", lock: "mapped" }, [block]),
      ]),
      false,
    );
    const start = text.indexOf(`Scenario ${scenario}`);
    const table = text.slice(start, text.indexOf("wait: from", start));
    expect(table.split("\n").at(1)).toMatch(/^contenders of +lock .* notes$/);
    expect(table).not.toContain("…");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(
      TERMINAL_COLUMNS,
    );
  });

  test("keeps its cells out of the main matrix", () => {
    const titles = reportTables(
      sampleReport([run({ ...load, scenario: "hog" }, [loadedBlock()])]),
    ).map(({ title }) => title);
    expect(titles.filter((title) => title.startsWith("Adding 1"))).toEqual([]);
    expect(titles).toContainEqual(expect.stringMatching(/^Scenario hog$/));
  });
});
