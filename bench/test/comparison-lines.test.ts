import { describe, expect, test } from "vitest";
import { compareReports } from "../src/compare/compare-reports.ts";
import { comparisonLines } from "../src/compare/comparison-lines.ts";
import type { Report } from "../src/report/report.ts";
import { TERMINAL_COLUMNS } from "../src/report/terminal.ts";
import type { BlockResult } from "../src/run/block.ts";
import { sampleBlock, sampleCell, sampleReport } from "./sample-report.ts";
import { blockOf, reportOf } from "./simulated-report.ts";

const about = (ns: number, contaminated = false): BlockResult[] =>
  [0.99, 0.995, 1, 1.005, 1.01].map((factor) => blockOf(factor * ns, contaminated));

function runOf(aloneNs: number, contendedNs: number, part: Partial<Report> = {}): Report {
  return reportOf(
    [
      { cell: { contenders: 1 }, blocks: about(aloneNs) },
      { cell: { contenders: 2 }, blocks: about(contendedNs) },
    ],
    part,
  );
}

function linesOf(a: Report, b: Report, allowDifferentMachine = false): string[] {
  const lines = comparisonLines(a, b, compareReports(a, b, { allowDifferentMachine }));
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(TERMINAL_COLUMNS);
  return lines;
}

const flat = (lines: readonly string[]): string => lines.join(" ").replace(/\s+/g, " ");

describe("comparisonLines", () => {
  test("begin with the verdict and its counts, and show ties as ties", () => {
    const lines = linesOf(runOf(20, 60), runOf(20.1, 60));
    expect(lines[0]).toBe("Passed, no gate is slower: 2 gates: 2 ties.");
    expect(lines).toContainEqual(
      expect.stringMatching(/x1\/0us +x1\.005 x\S+ to x\S+ +tie within 5 % +x1\.05$/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/x2\/0us .*tie within 10 % +x1\.05$/));
    expect(flat(lines)).not.toContain("measured again");
  });

  test("say of what is slower in stored reports that it was not measured again", () => {
    const lines = linesOf(runOf(20, 60), runOf(30, 40));
    expect(lines[0]).toBe("Slower: 2 gates: 1 slower, 1 faster.");
    expect(flat(lines)).toContain("x1/0us x1.500");
    expect(flat(lines)).toContain("were stored, so what is slower was not measured again");
  });

  test("say under which condition few gates differ by chance, of runs that do not share one", () => {
    const [a, b] = [runOf(20, 60), runOf(20, 60)];
    expect(flat(linesOf(a, b))).toContain(
      "5 comparisons of 100 at most (Holm), if whole runs of one commit differ by about 1 % or less",
    );
    const comparison = compareReports(a, b, { allowDifferentMachine: false });
    const inOneRun = flat(comparisonLines(a, b, comparison, { stored: false }));
    expect(inOneRun).toContain("(Holm): A and B were measured in one run");
    expect(inOneRun).not.toContain("2 %");
  });

  test("say which slow-down the reports could have found, at each gate and in all", () => {
    const wide = (ns: number): Report =>
      reportOf([
        { cell: { contenders: 1 }, blocks: about(20) },
        { blocks: [0.8, 0.9, 1, 1.1, 1.2].map((factor) => blockOf(factor * ns)) },
        { cell: { lock: "other" }, blocks: about(90, true) },
      ]);
    const lines = linesOf(wide(60), wide(61));
    const { gates } = compareReports(wide(60), wide(61), { allowDifferentMachine: false });
    const [alone, contended, disturbed] = gates;
    expect(disturbed!.finds).toBeNull();
    expect(alone!.finds).toBeLessThan(1.06);
    expect(contended!.finds).toBeGreaterThan(1.3);
    const shown = `x${(Math.ceil(contended!.finds! * 100) / 100).toFixed(2)}`;
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`x2/0us .* ${shown}$`)));
    expect(lines).toContainEqual(expect.stringMatching(/other.* nothing$/));
    expect(flat(lines)).toMatch(
      /could have found a slow-down from x1\.0\d on at .*, at 1 not at all/,
    );
  });

  test("call the band what it is, and say how far twins were apart", () => {
    const withTwin = (ns: number): Report =>
      reportOf([
        { blocks: about(60) },
        { cell: { lock: "other", gate: false }, blocks: about(50) },
        { cell: { lock: "other", gate: false, twin: 1 }, blocks: about(ns) },
      ]);
    expect(flat(linesOf(withTwin(50), withTwin(55)))).toContain(
      "The band is what is added to each interval so that twins, the same cell measured twice, do not come out different; they came out up to x1.100 apart.",
    );
    expect(flat(linesOf(runOf(20, 60), runOf(20, 60)))).not.toContain("apart");
  });

  test("name what was compared", () => {
    const { environment } = runOf(1, 1);
    const b = runOf(20, 60, { partial: true, environment: { ...environment, dirty: true } });
    expect(flat(linesOf(runOf(20, 60), b))).toContain(
      "B: 000000000000 with changes, measured 2026-01-01 00:00 UTC, preset standard, seed 7. B is partial",
    );
  });

  test("say why there is nothing to compare", () => {
    const lines = linesOf(runOf(20, 60), runOf(20, 60, { preset: "full" }));
    expect(lines[0]).toBe("Cannot compare B with A: what was measured is not the same.");
    expect(lines[1]).toBe("The presets differ: standard in A, full in B.");
    expect(flat(lines)).not.toContain("Gates");
  });

  test("give ratios of two machines without a decision", () => {
    const { environment } = runOf(1, 1);
    const b = runOf(20, 600, { environment: { ...environment, machine: "another" } });
    const lines = linesOf(runOf(20, 60), b, true);
    expect(lines[0]).toMatch(/^No verdict: the machines or their settings differ/);
    expect(flat(lines)).toContain("x10.0 x");
    expect(flat(lines)).not.toMatch(/decision|slower|inconclusive/);
  });

  test("list what was wrong before anything else", () => {
    const wrong = sampleReport([
      {
        cell: sampleCell({ gate: true }),
        blocks: [sampleBlock(5, { lost: 3, overlaps: 1 })],
        failures: [],
      },
    ]);
    const lines = linesOf(runOf(20, 60), wrong);
    expect(lines.slice(0, 2)).toEqual([
      "WRONG: B did what no lock may do, so its speed decides nothing:",
      "node/sample/futex/memory/counter/x2/0us: 6 updates lost, 1 overlap.",
    ]);
  });

  test("say where undisturbed blocks gainsay all of them, and where too few are left", () => {
    const of = (blocks: readonly BlockResult[]): Report => reportOf([{ blocks }]);
    const twice = about(100).flatMap((block) => [block, block]);
    expect(
      flat(
        linesOf(
          of([...twice, ...twice]),
          of([...about(100), ...about(190, true), ...about(190, true), ...about(190, true)]),
        ),
      ),
    ).toContain("slower with all blocks, equivalent without the disturbed ones: inconclusive.");
    expect(flat(linesOf(of(about(100)), of(about(190, true))))).toContain(
      "slower with all blocks, but fewer than 3 were undisturbed: inconclusive.",
    );
  });

  test("call exploratory what decided nothing, and show the largest of it", () => {
    const run = (ns: number): Report =>
      reportOf([
        { blocks: about(100) },
        ...Array.from({ length: 14 }, (_, i) => ({
          cell: { lock: `lock-${i}`, gate: false },
          blocks: about(i < 12 ? ns * (1 + i) : 50 * (1 + i)),
        })),
      ]);
    const lines = linesOf(run(50), run(100));
    expect(lines[0]).toBe("Passed, no gate is slower: 1 gate: 1 tie.");
    expect(flat(lines)).toContain(
      "Exploratory: 14 other cells decided nothing. 12 beyond the band, each by its own 95 % interval, of which one in 20 misses by chance; the largest 10:",
    );
    expect(lines.filter((line) => line.endsWith("slower"))).toHaveLength(10);
    expect(flat(linesOf(run(50), run(50)))).toContain("None is beyond the band.");
  });
});
