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

  test("counts nothing where one contender is alone, since nothing could go wrong there", () => {
    expect(sentences([run({}, 100), run({ contenders: 1 }, 100)])[0]).toBe(
      "Correct: no update lost in 1 cell and 3.00 M operations; no overlap in 1.00 M looks; no ticket sale was measured.",
    );
    expect(sentences([run({ contenders: 1 }, 100)])[0]).toMatch(/^Nothing is known of correctness/);
    const lost: CellRun = {
      cell: sampleCell({ contenders: 1 }),
      blocks: [sampleBlock(100, { lost: 1 })],
      failures: [],
    };
    expect(sentences([lost])[0]).toMatch(/^WRONG/);
  });

  test("is not there where nothing claims to be right", () => {
    expect(sentences([run({ lock: "none", role: "control" }, 5)])).toEqual([]);
  });
});

describe("verdictSentences on what a zero says", () => {
  const broken = (
    part: Partial<Cell>,
    ...wrong: { lost?: number; overlaps?: number }[]
  ): CellRun => ({
    cell: sampleCell({ lock: "broken", role: "control", ...part }),
    blocks: wrong.map((each) => sampleBlock(100, each)),
    failures: [],
  });
  const locks = [run({}, 100, 100), run({ section: 10 }, 10_000), run({ contenders: 1 }, 100)];
  const other = { adapter: "other" };

  test("tell the share of the control's walk-ins that was seen, and what its lower limit excludes", () => {
    const text = sentences([...locks, broken({}, { lost: 9, overlaps: 30 })]);
    // A million looks are 62 500 walk-ins, of which 10 were seen, and no fewer than 4.8 are to be expected; of
    // 2 010 000 looks at locks so large a share, over 3.69.
    expect(text).toContain(
      "How much a 0 says: least for sample on node, where one in 6.25 k of the control's walk-ins was seen; a lock that lets two in as often as once in 41.8 entries would have been seen, if it shows as this run's control did.",
    );
    expect(text.join()).not.toMatch(/Not calibrated|excludes nothing/);
  });

  test("go by the process in which least of the control was seen", () => {
    const once = (...wrong: { lost?: number; overlaps?: number }[]): number =>
      Number(
        /once in ([\d.]+) entries/.exec(sentences([...locks, broken({}, ...wrong)]).join())![1],
      );
    const [much, little] = [
      { lost: 9, overlaps: 300 },
      { lost: 9, overlaps: 30 },
    ];
    expect(once(little, much)).toBe(once(little));
    expect(once(much, much)).toBe(once(much));
    expect(once(much)).toBeGreaterThan(once(little));
  });

  test("name the adapter of which least was seen", () => {
    const text = sentences([
      ...locks,
      run(other, 100, 100),
      broken({}, { lost: 9, overlaps: 300 }),
      broken(other, { lost: 9, overlaps: 30 }),
    ]).join("\n");
    expect(text).toMatch(/least for other on node, where one in 6\.25 k of /);
  });

  test("name first for whom a 0 excludes nothing, and why", () => {
    const text = sentences([
      ...locks,
      run(other, 100),
      broken({}, { lost: 9, overlaps: 300 }),
      broken(other, { lost: 9 }),
    ]).join("\n");
    expect(text).toMatch(
      /A 0 excludes nothing for other on node, where none of the control's 62\.5 k walk-ins was seen as an overlap\.\nHow much a 0 says: least of the others for sample on node/,
    );
    const few = sentences([run({}, 100), broken({}, { lost: 9, overlaps: 1 })]).join();
    expect(few).toContain(
      "A 0 excludes nothing for sample on node, where too little was looked at for how seldom the control's walk-ins were seen.",
    );
    expect(few).not.toContain("How much a 0 says");
  });

  test("say nothing of sections shorter than those the control was seen with", () => {
    const wide = sentences([...locks, broken({ section: 200 }, { lost: 9, overlaps: 30 })]).join();
    expect(wide).not.toContain("How much a 0 says");
    expect(wide).toContain("Not calibrated: for sample on node the control was seen with longer");
    // What no throughput window caught may have been caught by longer sections than the cell's.
    const again = sentences([...locks, broken({}, { overlaps: 30 })]).join();
    expect(again).toContain("Not calibrated: for sample on node");
    // Of what was not seen at all nothing is known, however long its sections.
    const unseen = sentences([...locks, broken({ section: 200 }, { lost: 9 })]).join();
    expect(unseen).toContain("A 0 excludes nothing for sample on node, where none of");
    expect(unseen).not.toContain("Not calibrated");
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
      "That holds for this machine (2 cores), sections of 0 us and contenders that come again at once. No cell was measured twice, so what a difference must exceed to say anything is not known; one below x1.03 says nothing in any case.",
    );
    const twins = (ns: number): string =>
      sentences([...gates, run({ gate: true, twin: 1 }, ns, ns + 0.2, ns - 0.2)]).at(-1)!;
    expect(twins(66)).toMatch(
      /\. The same cell measured twice differed by up to x1\.10; a smaller difference says nothing\.$/,
    );
    expect(twins(60.6)).toMatch(
      /differed by up to x1\.01; a difference below x1\.03 says nothing\.$/,
    );
  });

  test("say where intervals are too wide to decide anything near 1, and what to do", () => {
    const wide = [
      run({ gate: true, contenders: 1 }, 20, 23, 26),
      run({ gate: true }, 60, 70, 80),
      run({ gate: true, adapter: "other" }, 60, 60.1, 60.2),
    ];
    expect(sentences(wide).at(-1)).toMatch(
      /^Intervals are wide: half of these times are known no better than to \+-\d\d %, so that two locks that differ by less than about x\d\.\d\d? cannot be told apart by this run\. Measure on a quiet machine, or with --preset standard\.$/,
    );
    const standard = verdictSentences(sampleReport(wide, { preset: "standard" }));
    expect(standard.at(-1)).toMatch(/Measure on a quiet machine\.$/);
    expect(sentences(gates).join()).not.toContain("Intervals are wide");
  });

  test("say of the least difference that is told apart what the verdicts beside it do", () => {
    const blocks = [60, 66, 63, 70, 58];
    const gate = run({ gate: true }, ...blocks);
    const said = (runs: readonly CellRun[]): number =>
      Number(/less than about x([\d.]+) cannot/.exec(sentences(runs).at(-1)!)![1]);
    const least = said([gate]);
    const beside = (factor: number): CellRun[] => [
      gate,
      run({ lock: "beside" }, ...blocks.map((ns) => ns / factor)),
    ];
    expect(said(beside(least))).toBe(least);
    expect(sentences(beside(0.98 * least))[1]).toContain("; beside cannot be told from it");
    expect(sentences(beside(1.02 * least))[1]).toContain("; beside is faster by");
    // More locks are more comparisons, at stricter levels.
    const many = ["a", "b", "c"].map((lock) => run({ lock }, ...blocks));
    expect(said([gate, ...many])).toBeGreaterThan(least);
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
