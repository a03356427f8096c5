import { describe, expect, test } from "vitest";
import { alsoDifferent } from "../src/compare/also-different.ts";
import { compareReports } from "../src/compare/compare-reports.ts";
import { comparisonLines } from "../src/compare/comparison-lines.ts";
import type { Environment, Report } from "../src/report/report.ts";
import { gateReport } from "./gate-report.ts";
import { sampleCell } from "./sample-report.ts";
import { blockOf, reportOf } from "./simulated-report.ts";

const same = gateReport();

function inEnvironment(part: Partial<Environment>): Report {
  return { ...same, environment: { ...same.environment, ...part } };
}

describe("alsoDifferent", () => {
  test.each<[string, Partial<Environment>, string]>([
    ["the kernel", { kernel: "Linux 6.19" }, "the kernel (Linux 6.18 -> Linux 6.19)"],
    [
      "a minor version of a runtime",
      { runtimes: { ...same.environment.runtimes, node: "26.11.0" } },
      "node (26.10.0 -> 26.11.0)",
    ],
    ["the lockfile", { lockfileHash: "2".repeat(64) }, "the dependencies (pnpm-lock.yaml)"],
    [
      "the adapters asked for",
      { argv: ["--preset", "quick", "--adapter", "sample"] },
      "the options (--preset quick -> --preset quick --adapter sample)",
    ],
    ["no option any more", { argv: [] }, "the options (--preset quick -> none)"],
  ])("tells %s", (_, part, text) => {
    expect(alsoDifferent(same, inEnvironment(part))).toEqual([text]);
  });

  test("says nothing of what a measurement does not hang on", () => {
    for (const argv of [
      ["--preset", "quick", "--out", "somewhere", "--seed", "3", "--json"],
      ["--out=elsewhere", "--preset", "quick", "--seed=4"],
      ["baseline", "save", "--preset", "quick", "--baselines", "kept"],
    ])
      expect(alsoDifferent(same, inEnvironment({ argv }))).toEqual([]);
    const commit = { commit: "f".repeat(40), dirty: true, startedAt: "2026-05-05T00:00:00.000Z" };
    expect(alsoDifferent(same, inEnvironment(commit))).toEqual([]);
    expect(alsoDifferent(same, inEnvironment({ runtimes: { node: "26.10.0" } }))).toEqual([]);
  });

  test("tells cells that only one measured, of either", () => {
    const blocks = [60, 61, 62].map((ns) => blockOf(ns));
    const other = { cell: sampleCell({ lock: "fifo" }), blocks };
    const [few, more] = [reportOf([{ blocks }]), reportOf([{ blocks }, other])];
    expect(alsoDifferent(few, more)).toEqual([
      "the cells (1 in B only, as node/sample/fifo/memory/counter/x2/0us)",
    ]);
    expect(alsoDifferent(more, few)[0]).toContain("1 in A only");
  });

  test("stands in what compare prints, and changes no verdict", () => {
    const b = inEnvironment({ kernel: "Linux 6.19" });
    const comparison = compareReports(same, b, { allowDifferentMachine: false });
    expect(comparison).toMatchObject({ verdict: "passed", differences: [] });
    const text = comparisonLines(same, b, comparison).join(" ");
    expect(text).toContain("Also different, so that a change need not be the doing of B's commit:");
    expect(text).toContain("Linux 6.18 -> Linux 6.19");
  });
});
