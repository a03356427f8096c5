import { describe, expect, test } from "vitest";
import { type Comparison, compareReports } from "../src/compare/compare-reports.ts";
import type { Cell } from "../src/plan/cell.ts";
import type { Report } from "../src/report/report.ts";
import type { BlockResult } from "../src/run/block.ts";
import { sampleBlock, sampleCell, sampleReport } from "./sample-report.ts";
import { blockOf, reportOf } from "./simulated-report.ts";

interface Planned {
  readonly cell?: Partial<Cell>;
  readonly blocks: readonly BlockResult[];
}

const STRICT = { allowDifferentMachine: false };

/** Blocks around a mean that scatter by about half a percent. */
const about = (ns: number, count = 5): BlockResult[] =>
  Array.from({ length: count }, (_, i) => blockOf(ns * (1 + 0.003 * ((i % 5) - 2))));

/** A gate alone and one contended. */
function runOf(aloneNs: number, contendedNs: number, part: Partial<Report> = {}): Report {
  return reportOf(
    [
      { cell: { contenders: 1 }, blocks: about(aloneNs) },
      { cell: { contenders: 2 }, blocks: about(contendedNs) },
    ],
    part,
  );
}

function compare(b: Report, a = runOf(20, 60), options = STRICT): Comparison {
  return compareReports(a, b, options);
}

function one(a: readonly BlockResult[], b: readonly BlockResult[]): Comparison["gates"][number] {
  const of = (blocks: readonly BlockResult[]): Report =>
    reportOf([{ cell: { contenders: 1 }, blocks }]);
  const [gate] = compareReports(of(a), of(b), STRICT).gates;
  return gate!;
}

describe("the verdict of compareReports", () => {
  test("passes two runs of the same, whose gates are ties", () => {
    const { verdict, gates, differences, violations, exploratory } = compare(runOf(20.1, 60.2));
    expect({ verdict, differences, violations, exploratory }).toEqual({
      verdict: "passed",
      differences: [],
      violations: [],
      exploratory: [],
    });
    expect(gates.map(({ decision, marginRatio }) => [decision, marginRatio])).toEqual([
      ["equivalent", 1.05],
      ["equivalent", 1.1],
    ]);
  });

  test("is slower as soon as one gate is, and the ratio is B's time over A's", () => {
    const { verdict, gates } = compare(runOf(20, 90));
    expect(verdict).toBe("slower");
    expect(gates.map(({ decision }) => decision)).toEqual(["equivalent", "slower"]);
    expect(gates[1]!.ratio.value).toBeCloseTo(1.5, 6);
    expect(gates[1]!.ratio.low).toBeLessThan(1.5);
  });

  test("passes where a gate is faster, and where it is inconclusive", () => {
    expect(compare(runOf(20, 30))).toMatchObject({
      verdict: "passed",
      gates: [{}, { decision: "faster" }],
    });
    const scattered = reportOf([
      { cell: { contenders: 1 }, blocks: about(20) },
      { cell: { contenders: 2 }, blocks: [40, 50, 60, 80, 100].map((ns) => blockOf(ns)) },
    ]);
    expect(compare(scattered)).toMatchObject({
      verdict: "passed",
      gates: [{}, { decision: "inconclusive" }],
    });
  });

  test.each([
    ["an overlap", sampleBlock(1, { overlaps: 1 })],
    ["a lost update", sampleBlock(1, { lost: 1 })],
  ])("is wrong for %s in B, however fast B is", (_, block) => {
    const b = sampleReport([
      {
        cell: sampleCell({ gate: true, contenders: 1 }),
        blocks: [block, block, block],
        failures: [],
      },
    ]);
    const { verdict, violations } = compare(b);
    expect(verdict).toBe("wrong");
    expect(violations).toEqual([expect.stringMatching(/^node\/sample\/futex\S+: \d/)]);
  });

  test("is wrong for a ticket sold twice in an exact mode, and not for a race that is to be shown", () => {
    const sale = (mode: Cell["mode"]): Report =>
      sampleReport([
        {
          cell: sampleCell({ gate: true, role: "sale", mode, store: "s" }),
          blocks: [sampleBlock(5, { oversold: 2 })],
          failures: [],
        },
      ]);
    expect(compare(sale("mutex")).verdict).toBe("wrong");
    expect(compare(sale("unlocked")).verdict).not.toBe("wrong");
  });

  test("is wrong for a lock that fails the conformance suite in B, not in A", () => {
    const failing = {
      conformance: [
        { adapter: "sample", lock: "futex", passed: 9, failed: 1, failures: ["two inside\nmore"] },
      ],
    };
    const { verdict, violations } = compare(runOf(20, 60, failing));
    expect(verdict).toBe("wrong");
    expect(violations).toEqual(["sample futex fails the conformance suite: two inside"]);
    expect(compare(runOf(20, 60), runOf(20, 60, failing)).verdict).toBe("passed");
  });

  test("is wrong rather than incomparable", () => {
    const b = sampleReport(
      [{ cell: sampleCell({ gate: true }), blocks: [sampleBlock(1, { lost: 1 })], failures: [] }],
      { preset: "full" },
    );
    expect(compare(b)).toMatchObject({ verdict: "wrong", gates: [] });
    expect(compare(b).differences.join(" ")).toContain("presets differ");
  });
});

describe("compareReports cannot compare", () => {
  const { environment } = runOf(20, 60);
  const machine = { environment: { ...environment, machine: "fedcba9876543210" } };

  test.each<[string, Report, RegExp]>([
    [
      "another machine",
      runOf(20, 60, machine),
      /machines differ: A ran on 0123456789abcdef .*fedc/,
    ],
    [
      "another major of a runtime that gates ran in",
      runOf(20, 60, { environment: { ...environment, runtimes: { node: "27.1.0" } } }),
      /A ran on node 26\.10\.0, B on node 27\.1\.0/,
    ],
    [
      "the same machine with less CPU time",
      runOf(20, 60, { environment: { ...environment, cgroupQuotaCores: 1.5 } }),
      /^The limits on CPU time differ: none in A, 1\.50 cores in B\.$/,
    ],
    [
      "the same machine with fewer cores to use",
      runOf(20, 60, { environment: { ...environment, cores: 1 } }),
      /^The cores that a run may use differ: 2 in A, 1 in B\.$/,
    ],
    [
      "another CPU governor",
      runOf(20, 60, { environment: { ...environment, governor: "powersave" } }),
      /^The CPU governors differ: unknown in A, powersave in B\.$/,
    ],
    [
      "another clock",
      runOf(20, 60, { environment: { ...environment, clockSource: "hpet" } }),
      /^The clock sources differ: tsc in A, hpet in B\.$/,
    ],
    [
      "another architecture of the kernel",
      runOf(20, 60, { environment: { ...environment, kernel: "Linux 6.18 arm64" } }),
      /^The kernel's architectures differ: unknown in A, arm64 in B\.$/,
    ],
    [
      "another preset",
      runOf(20, 60, { preset: "full" }),
      /presets differ: standard in A, full in B/,
    ],
    ["other windows", runOf(20, 60, { windowMs: 500 }), /windows differ: 100 ms in A, 500 ms in B/],
    [
      "a run that concludes nothing",
      runOf(20, 60, { conclusions: false }),
      /Nothing can be concluded from B/,
    ],
    [
      "a gate less",
      reportOf([{ cell: { contenders: 1 }, blocks: about(20) }], {
        notMeasured: [
          { key: "node/sample/futex/memory/counter/x2/0us", why: "it hung.", failures: [] },
        ],
      }),
      /futex\/memory\/counter\/x2\/0us was measured in A only \(it hung\)\./,
    ],
    [
      "other numbers of blocks",
      reportOf([
        { cell: { contenders: 1 }, blocks: about(20, 6) },
        { cell: { contenders: 2 }, blocks: about(60, 6) },
      ]),
      /blocks per cell differ: 5 in A, 6 in B/,
    ],
    [
      "gates with two blocks",
      reportOf(
        [
          { cell: { contenders: 1 }, blocks: about(20, 2) },
          { cell: { contenders: 2 }, blocks: about(60, 3) },
        ],
        { partial: true },
      ),
      /Too few blocks of \S+x1\/0us in B: 2, and it takes 3; the run ended early\./,
    ],
  ])("%s", (_, b, reason) => {
    const { verdict, differences, gates } = compare(b);
    expect(verdict).toBe("incomparable");
    expect(differences).toEqual([expect.stringMatching(reason)]);
    expect(gates).toEqual([]);
  });

  test("what has no gate", () => {
    const none = reportOf([{ cell: { gate: false }, blocks: about(20) }]);
    expect(compareReports(none, none, STRICT)).toMatchObject({
      verdict: "incomparable",
      differences: [expect.stringContaining("nothing to decide by")],
    });
  });

  test("but the ratios of two machines on demand, which decide nothing", () => {
    const allowed = { allowDifferentMachine: true };
    const { verdict, gates, differences } = compare(
      runOf(20, 600, machine),
      runOf(20, 60),
      allowed,
    );
    expect(verdict).toBe("passed");
    expect(differences).toHaveLength(1);
    expect(gates[1]).toMatchObject({
      decision: "inconclusive",
      allBlocks: "inconclusive",
      cleanBlocks: "inconclusive",
    });
    expect(gates[1]!.ratio.value).toBeCloseTo(10, 6);
    const slower = { ...machine.environment, governor: "powersave" };
    expect(compare(runOf(20, 600, { environment: slower }), runOf(20, 60), allowed)).toMatchObject({
      verdict: "passed",
      gates: [{ decision: "inconclusive" }, { decision: "inconclusive" }],
    });
    const other = runOf(20, 600, { ...machine, preset: "full" });
    expect(compare(other, runOf(20, 60), allowed).verdict).toBe("incomparable");
  });

  test("runtimes are looked up by their own names only", () => {
    const strange = (): Report =>
      reportOf([{ cell: { runtime: "constructor", contenders: 1 }, blocks: about(20) }]);
    expect(compareReports(strange(), strange(), STRICT)).toMatchObject({ differences: [] });
  });

  test("minor versions, engines and peers' compilers are no difference", () => {
    const runtimes = { node: "26.99.1", v8: "15.0", c: "cc 14" };
    expect(
      compare(runOf(20, 60, { environment: { ...environment, runtimes } })).differences,
    ).toEqual([]);
  });

  test("a partial run with three blocks of each gate can be compared", () => {
    const b = reportOf(
      [
        { cell: { contenders: 1 }, blocks: about(20, 3) },
        { cell: { contenders: 2 }, blocks: about(60, 3) },
      ],
      { partial: true },
    );
    expect(compare(b)).toMatchObject({ differences: [], verdict: "passed" });
    expect(compare(runOf(20, 60), b).differences).toEqual([]);
  });
});

describe("a gate of compareReports", () => {
  test("is slower or faster only beyond the band, equivalent only within the margin", () => {
    expect(one(about(100), about(100)).decision).toBe("equivalent");
    expect(one(about(100), about(102.5)).decision).toBe("equivalent");
    expect(one(about(100), about(107)).decision).toBe("slower");
    expect(one(about(107), about(100)).decision).toBe("faster");
    // Sure to be beyond the band, though the margin has room for it.
    expect(one(about(100), about(104)).decision).toBe("slower");
    const wide = [90, 95, 100, 105, 110].map((ns) => blockOf(ns));
    expect(one(wide, about(100)).decision).toBe("inconclusive");
  });

  test("is inconclusive where undisturbed blocks say something else", () => {
    const disturbed = [
      ...about(100),
      ...about(160, 20).map((block) => ({ ...block, contaminated: true })),
    ];
    expect(one(about(100, 25), disturbed)).toMatchObject({
      decision: "inconclusive",
      allBlocks: "slower",
      cleanBlocks: "equivalent",
    });
  });

  test("is inconclusive where fewer than three undisturbed blocks are left, of either run", () => {
    const disturbed = about(200).map((block, i) => ({ ...block, contaminated: i > 1 }));
    const expected = { decision: "inconclusive", cleanBlocks: null };
    expect(one(about(100), disturbed)).toMatchObject({ ...expected, allBlocks: "slower" });
    expect(one(disturbed, about(100))).toMatchObject({ ...expected, allBlocks: "faster" });
  });

  test("finds a ratio that is slower just beyond, and not just before, what it says it finds", () => {
    for (const wide of [0.01, 0.1]) {
      const blocks = (ns: number): BlockResult[] =>
        [-1, -0.5, 0, 0.5, 1].map((step) => blockOf(ns * Math.exp(step * wide)));
      const finds = one(blocks(100), blocks(100)).finds!;
      expect(finds).toBeGreaterThan(1.03 * Math.exp(wide / 2));
      expect(one(blocks(100), blocks(100 * finds * 1.001)).decision).toBe("slower");
      expect(one(blocks(100), blocks(100 * finds * 0.999)).decision).toBe("inconclusive");
    }
  });

  test("finds nothing where fewer than three undisturbed blocks are left", () => {
    const disturbed = about(100).map((block, i) => ({ ...block, contaminated: i > 1 }));
    expect(one(about(100), disturbed).finds).toBeNull();
  });

  test("has an interval the wider the more gates there are", () => {
    const widthWith = (others: number): number => {
      const run = (): Report =>
        reportOf(
          Array.from({ length: others + 1 }, (_, i) => ({
            cell: { lock: `lock-${i}` },
            blocks: about(100),
          })),
        );
      const { low, high } = compareReports(run(), run(), STRICT).gates[0]!.ratio;
      return Math.log(high! / low!);
    };
    expect(widthWith(11)).toBeGreaterThan(1.3 * widthWith(0));
  });

  test("is judged beyond a band that twins of either run have widened", () => {
    const run = (ns: number, secondNs: number): Report =>
      reportOf([
        { blocks: about(ns) },
        { cell: { lock: "other", gate: false }, blocks: about(50) },
        { cell: { lock: "other", gate: false, twin: 1 }, blocks: about(secondNs) },
      ]);
    const narrow = compareReports(run(100, 50), run(120, 50), STRICT);
    expect(narrow.gates[0]!.decision).toBe("slower");
    for (const [first, second] of [
      [50, 70],
      [70, 50],
    ] as const) {
      const wide = compareReports(run(100, first), run(120, second), STRICT);
      expect(wide.band).toBeGreaterThan(1.35);
      expect(wide.gates[0]!.decision).toBe("inconclusive");
    }
  });
});

describe("exploratory cells of compareReports", () => {
  const run = (ns: number, cells: readonly Planned[] = []): Report =>
    reportOf([
      { blocks: about(100) },
      { cell: { lock: "other", gate: false }, blocks: about(ns) },
      ...cells,
    ]);

  test("decide nothing, and each has its own 95 % interval", () => {
    const { verdict, exploratory } = compareReports(run(50), run(100), STRICT);
    expect(verdict).toBe("passed");
    expect(exploratory).toMatchObject([{ decision: "slower" }]);
    const alone = compareReports(
      reportOf([{ cell: { lock: "other" }, blocks: about(50) }]),
      reportOf([{ cell: { lock: "other" }, blocks: about(100) }]),
      STRICT,
    ).gates[0]!;
    expect(exploratory[0]!.ratio.low).toBeCloseTo(alone.ratio.low!, 10);
  });

  test("are those that both measured, without twins and without scenarios", () => {
    const cell = (part: Partial<Cell>): Planned => ({
      cell: { lock: "another", gate: false, ...part },
      blocks: about(10),
    });
    const more = [
      cell({ scenario: "open-70" }),
      cell({ scenario: "crash" }),
      cell({ scenario: "hog" }),
      cell({ twin: 1 }),
      cell({}),
    ];
    const { exploratory } = compareReports(run(50, more), run(50, more), STRICT);
    expect(exploratory.map(({ key }) => key.split("/").slice(2).join("/"))).toEqual([
      "other/memory/counter/x2/0us",
      "another/memory/counter/x2/0us",
    ]);
    expect(compareReports(run(50, more), run(50), STRICT).exploratory).toHaveLength(1);
  });
});
