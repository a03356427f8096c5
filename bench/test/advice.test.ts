import { describe, expect, test } from "vitest";
import type { Cell } from "../src/plan/cell.ts";
import { ADVICE_TITLE, type AdviceRow, adviceFor, adviceSentences } from "../src/report/advice.ts";
import type { CellRun } from "../src/report/build.ts";
import { renderHtml } from "../src/report/html/render-html.ts";
import { renderMarkdown } from "../src/report/markdown.ts";
import { renderTerminal } from "../src/report/terminal.ts";
import type { BlockResult } from "../src/run/block.ts";
import { encodeHistogram, newHistogram, recordNs } from "../src/statistics/percentiles.ts";
import { histogramOf, loadedBlock, recoveryOf } from "./sample-load.ts";
import { sampleBlock, sampleCell, sampleReport } from "./sample-report.ts";

const about = (ns: number): BlockResult[] =>
  [0.99, 1, 1.01].map((factor) => sampleBlock(factor * ns));

function run(part: Partial<Cell>, blocks: readonly BlockResult[]): CellRun {
  return { cell: sampleCell(part), blocks, failures: [] };
}

function rowsOf(runs: readonly CellRun[]): readonly AdviceRow[] {
  return adviceFor(sampleReport(runs));
}

function answer(runs: readonly CellRun[], workload: string): AdviceRow | undefined {
  return rowsOf(runs).find((row) => row.workload === workload);
}

describe("adviceFor", () => {
  test("answers with the fastest, says what comes next, and points at the cells", () => {
    const row = answer(
      [run({ lock: "slow" }, about(90)), run({ lock: "quick" }, about(60))],
      "Contended: threads of node",
    );
    expect(row).toEqual({
      workload: "Contended: threads of node",
      answer: "quick",
      why: "60.0 ns per operation at 2 contenders; next: slow, x1.50",
      cells: ["node/sample/quick/memory/counter/x2/0us", "node/sample/slow/memory/counter/x2/0us"],
    });
  });

  test("names all that cannot be told from the best", () => {
    const row = answer(
      [
        run({ lock: "one" }, about(60)),
        run({ lock: "two" }, about(60.5)),
        run({ lock: "far" }, about(600)),
      ],
      "Contended: threads of node",
    )!;
    expect(row.answer).toBe("one, two");
    expect(row.why).toContain("they cannot be told apart");
    expect(row.cells).toHaveLength(3);
  });

  test("takes no lock that was wrong, no control and no peer for an answer", () => {
    const row = answer(
      [
        run({ lock: "right" }, about(60)),
        run({ lock: "wrong" }, [sampleBlock(5, { lost: 1 }), ...about(5)]),
        run({ lock: "none", role: "control" }, about(2)),
        run({ lock: "pthread", role: "peer", adapter: "peer" }, about(3)),
      ],
      "Contended: threads of node",
    )!;
    expect([row.answer, row.cells]).toEqual(["right", ["node/sample/right/memory/counter/x2/0us"]]);
    expect(row.why).toContain("the only one measured");
  });

  test("keeps threads from processes, one runtime from another, and alone from contended", () => {
    const runs = [
      run({}, about(60)),
      run({ contenders: 1 }, about(20)),
      run({ store: "mapped", adapter: "p", lock: "mapped" }, about(70)),
      run({ runtime: "deno", adapter: "d" }, about(80)),
      run({ runtime: "mixed", adapter: "p+q", store: "mapped", lock: "shared" }, about(90)),
    ];
    const answers = Object.fromEntries(
      rowsOf(runs)
        .filter(({ cells }) => cells.length > 0)
        .map((row) => [row.workload, row.answer]),
    );
    expect(answers).toMatchObject({
      "Seldom contended: threads of node": "futex",
      "Contended: threads of node": "futex",
      "Contended: processes of node": "mapped",
      "Contended: threads of deno": "futex",
      "Contended: processes of several runtimes": "shared",
    });
  });

  test("has no answer where nothing was measured, and does not make one up", () => {
    const rows = rowsOf([run({}, about(60))]);
    const missing = rows.filter(({ cells }) => cells.length === 0);
    expect(missing.map(({ workload }) => workload)).toEqual([
      "Seldom contended",
      "Contended: processes, processes of several runtimes",
      "Everyone must get an equal share: processes, processes of several runtimes",
      "Who came first must be served first",
      "A holder may be killed",
      "The event loop must not block",
      "Operations come at random times",
      "Sell tickets",
      "Sell tickets without a lock",
    ]);
    expect(new Set(missing.map((row) => row.answer))).toEqual(new Set(["no answer: not measured"]));
    expect(rowsOf([]).every(({ answer: text }) => text.startsWith("no answer"))).toBe(true);
  });

  test("compares where most locks were measured on the same work", () => {
    const row = answer(
      [
        run({ lock: "one" }, about(10)),
        run({ lock: "one", section: 10 }, about(10_000)),
        run({ lock: "two", section: 10 }, about(20_000)),
      ],
      "Contended: threads of node",
    )!;
    expect(row.why).toBe(
      "10.0 us per operation at 2 contenders with sections of 10 us; next: two, x2.00",
    );
  });

  test("goes by the shares where all must get the same", () => {
    const uneven = about(20).map((block) => ({
      ...block,
      windows: block.windows.map((window) => ({ ...window, shares: [900, 100] })),
    }));
    const row = answer(
      [run({ lock: "quick" }, uneven), run({ lock: "even" }, about(60))],
      "Everyone must get an equal share: threads of node",
    )!;
    expect(row.answer).toBe("even");
    expect(row.why).toMatch(
      /^Jain's index 1\.000 and 1\.000 in the worst window at 2 contenders; next: quick, Jain's index 0\.610 /,
    );
  });

  test("goes by what each scenario shows", () => {
    const load = { contenders: 4, section: 10 };
    const passed = (count: number) => ({ passedBy: histogramOf(count) });
    const three = (part: Parameters<typeof loadedBlock>[0]): BlockResult[] =>
      [1, 2, 3].map(() => loadedBlock(part));
    const runs = [
      run({}, about(60)),
      run({ ...load, scenario: "queued-at-start" }, three(passed(40))),
      run({ ...load, scenario: "queued-at-start", lock: "fifo" }, three(passed(3))),
      run({ ...load, scenario: "crash" }, three(recoveryOf([1e6, 2e6, 3e6]))),
      run({ ...load, scenario: "crash", lock: "fifo" }, three(recoveryOf([9e6, 9e6]))),
      run({ ...load, scenario: "loop-delay" }, three({ loopDelays: histogramOf(1e6) })),
      run(
        { ...load, scenario: "loop-delay", lock: "blocks" },
        three({ loopDelays: histogramOf(50e6) }),
      ),
      run({ ...load, scenario: "open-70" }, three({ latencies: histogramOf(90_000) })),
      run(
        { ...load, scenario: "open-70", lock: "fifo" },
        three({ latencies: histogramOf(30_000) }),
      ),
    ];
    const answers = Object.fromEntries(
      rowsOf(runs).map((row) => [row.workload, [row.answer, row.why.split(" at 4 cont")[0]]]),
    );
    expect(answers).toMatchObject({
      "Who came first must be served first: threads of node": [
        "fifo",
        "passed by at most 3 times in 99 of 100 cases",
      ],
      "A holder may be killed: threads of node": [
        "futex",
        "2.00 ms from the end to the next grant and at most 3.00 ms",
      ],
      "The event loop must not block: threads of node": [
        "futex",
        expect.stringMatching(/^timers at most (999 us|1\.00 ms) late in 99 of 100 cases$/),
      ],
      "Operations come at random times: threads of node": [
        "fifo",
        "at 10.0 M per second, 70 % of its own most: 99 of 100 done within 30.0 us",
      ],
    });
  });

  test("goes by the 99th percentile of those that passed, not by the most, and tells counts as counts", () => {
    const queue = (lock: string, usual: number, most: number): CellRun => {
      const histogram = newHistogram();
      for (let i = 0; i < 2_000; i++) recordNs(histogram, i === 0 ? most : usual);
      const block = loadedBlock({ passedBy: encodeHistogram(histogram) });
      return run({ lock, contenders: 4, scenario: "queued-at-start" }, [block, block, block]);
    };
    const row = answer(
      [queue("fifo", 3, 90_000), queue("barging", 40, 41)],
      "Who came first must be served first: threads of node",
    )!;
    expect(row.answer).toBe("fifo");
    expect(row.why).toBe(
      "passed by at most 3 times in 99 of 100 cases at 4 contenders, more than cores; next: barging, passed by at most 40 times in 99 of 100 cases",
    );
  });

  test("goes by the 90th percentile where a lock has too few samples for the 99th, and never by the largest", () => {
    const loop = (lock: string, usualNs: number, samples: number): CellRun => {
      const histogram = newHistogram();
      for (let i = 0; i < samples; i++) recordNs(histogram, i === 0 ? 9e9 : usualNs);
      const block = loadedBlock({ loopDelays: encodeHistogram(histogram) });
      return run({ lock, contenders: 4, scenario: "loop-delay" }, [block, block, block]);
    };
    const workload = "The event loop must not block: threads of node";
    const both = answer([loop("many", 2e6, 2_000), loop("few", 1e6, 200)], workload)!;
    expect(both.answer).toBe("few");
    expect(both.why).toMatch(/^timers at most (999 us|1\.00 ms) late in 9 of 10 cases/);
    const fewer = answer([loop("many", 2e6, 2_000), loop("few", 1e6, 20)], workload)!;
    expect(fewer.answer).toBe("many");
    expect(fewer.why).toContain("too little was measured to rank few");
  });

  test("names a lock of which too little is known to rank it", () => {
    const queue = (lock: string, operations: number): CellRun =>
      run({ lock, scenario: "queued-at-start" }, [
        loadedBlock({ passedBy: histogramOf(1, operations) }),
      ]);
    const workload = "Who came first must be served first: threads of node";
    const row = answer([queue("fifo", 2_000), queue("slow", 20)], workload)!;
    expect([row.answer, row.why.split("; ").at(-1)]).toEqual([
      "fifo",
      "too little was measured to rank slow",
    ]);
    const none = answer([queue("slow", 20)], workload)!;
    expect([none.answer, none.cells]).toEqual(["no answer: not measured", []]);
  });

  test("ranks no lock that did not recover from each end of a holder, and names it", () => {
    const crash = (lock: string, nextGrantNs: readonly number[], deaths: number): CellRun => {
      const block = loadedBlock(recoveryOf(nextGrantNs, deaths));
      return run({ lock, contenders: 4, section: 100, scenario: "crash" }, [block, block, block]);
    };
    const workload = "A holder may be killed: threads of node";
    const stuck = crash("stuck", [1_000], 2);
    const row = answer([stuck, crash("fifo", [9e6, 9e6], 2)], workload)!;
    expect(row.answer).toBe("fifo");
    expect(row.why).toMatch(/; stuck recovered from 3 of 6 ends only$/);
    expect(row.cells).toEqual([
      "node/sample/fifo/memory/counter/x4/100us/crash",
      "node/sample/stuck/memory/counter/x4/100us/crash",
    ]);
    const alone = answer([stuck], workload)!;
    expect([alone.answer, alone.why]).toEqual([
      "none of those that were measured",
      "stuck recovered from 3 of 6 ends only",
    ]);
    expect(adviceSentences(sampleReport([stuck]))).toContainEqual(
      `${workload}: none of those that were measured (stuck recovered from 3 of 6 ends only; see ${alone.cells[0]!}).`,
    );
  });

  test("ranks locks under random arrivals only where those came at equal rates", () => {
    const open = (lock: string, latencyNs: number, meanNs: number): CellRun => {
      const block = loadedBlock({ latencies: histogramOf(latencyNs) }, meanNs);
      return run({ lock, section: 100, scenario: "open-70" }, [block, block, block]);
    };
    const workload = "Operations come at random times: threads of node";
    const own = answer([open("quick", 90_000, 1e5), open("slow", 30_000, 4e5)], workload)!;
    expect(own).toEqual({
      workload,
      answer: "not ranked",
      why: "each came at a rate of its own, at 2 contenders with sections of 100 us; quick at 10.0 k per second, 70 % of its own most: 99 of 100 done within 90.0 us; slow at 2.50 k per second, 70 % of its own most: 99 of 100 done within 30.0 us",
      cells: [
        "node/sample/quick/memory/counter/x2/100us/open-70",
        "node/sample/slow/memory/counter/x2/100us/open-70",
      ],
    });
    const equal = answer([open("one", 90_000, 1e5), open("two", 30_000, 1.01e5)], workload)!;
    expect([equal.answer, equal.why.split("; ").at(-1)]).toEqual(["two", "next: one, x3.00"]);
  });

  test("sells in the fastest exact way, and in the fastest without a lock", () => {
    const sale = (part: Partial<Cell>, ns: number): CellRun =>
      run({ role: "sale", store: "shared", ...part }, about(ns));
    const runs = [
      run({}, about(60)),
      sale({ mode: "mutex" }, 200),
      sale({ mode: "atomic", lock: "none" }, 300),
      sale({ mode: "optimistic", lock: "none", store: "file" }, 9_000),
      sale({ mode: "unlocked", lock: "none" }, 10),
    ];
    expect(answer(runs, "Sell tickets: threads of node")!.answer).toBe(
      "mutex with futex on shared",
    );
    const without = answer(runs, "Sell tickets without a lock: threads of node")!;
    expect([without.answer, without.why]).toEqual([
      "atomic on shared",
      "300 ns per ticket at 2 contenders; next: optimistic on file, x30.0",
    ]);
  });

  test("tells two adapters' locks of one name apart", () => {
    const row = answer(
      [run({}, about(60)), run({ adapter: "second" }, about(90))],
      "Contended: threads of node",
    )!;
    expect(row.answer).toBe("futex (sample)");
    expect(row.why).toContain("next: futex (second)");
  });
});

describe("adviceSentences", () => {
  test("tell choices in full, and only name work without a choice or an answer", () => {
    const text = adviceSentences(
      sampleReport([
        run({ lock: "one", contenders: 1 }, about(20)),
        run({ lock: "one" }, about(60)),
        run({ lock: "two" }, about(90)),
        run({ store: "mapped", adapter: "p", lock: "mapped" }, about(70)),
        run({ store: "mapped", adapter: "p", lock: "mapped", contenders: 1 }, about(70)),
      ]),
    );
    expect(text[0]).toBe(
      "Contended: threads of node: one (60.0 ns per operation at 2 contenders; next: two, x1.50; see node/sample/one/memory/counter/x2/0us).",
    );
    expect(text).toContainEqual(
      "Nothing to choose from, one lock each: Seldom contended: threads of node, processes of node; Contended: processes of node; Everyone must get an equal share: processes of node.",
    );
    expect(text.at(-1)).toMatch(/^No answer, not measured: .*A holder may be killed/);
  });
});

test("A report from which nothing can be concluded has no advice in any form, and no place for it", () => {
  const runs = [run({ lock: "one" }, about(60)), run({ lock: "two" }, about(90))];
  for (const conclusions of [true, false]) {
    const report = sampleReport(runs, { conclusions });
    expect(adviceFor(report).length > 0).toBe(conclusions);
    for (const text of [renderTerminal(report, false), renderMarkdown(report), renderHtml(report)])
      expect(text.includes(ADVICE_TITLE)).toBe(conclusions);
  }
});
