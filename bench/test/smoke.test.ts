import { BROKEN_KIND } from "@ticketlock/core";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { STEADY } from "../src/plan/cell.ts";
import { scenarioOf } from "../src/plan/scenarios.ts";
import { type Report, type ReportCell, SCHEMA_VERSION } from "../src/report/report.ts";
import { reportSchema } from "../src/report/schema.ts";
import { ONE_SCENARIO, startMain } from "./run-main.ts";

const out = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"));
afterAll(() => rmSync(out, { recursive: true }));

describe("pnpm bench --preset smoke", () => {
  let report: Report;
  let stderr: string;

  beforeAll(async () => {
    const done = await startMain([
      ...ONE_SCENARIO,
      "--preset",
      "smoke",
      "--seed",
      "5",
      "--out",
      out,
      "--json",
    ]).done;
    stderr = done.stderr;
    expect(done.code, done.stderr).toBe(0);
    report = reportSchema.parse(JSON.parse(done.stdout));
  }, 180_000);

  test("prints its plan first, then progress, then tables of at most 100 columns", () => {
    const lines = stderr.split("\n");
    expect(lines[0]).toMatch(
      /^Preset smoke: \d+ cells x 1 blocks x 3 windows of 50 ms, seed 5; about \d+ s, at most 100 s\.$/,
    );
    expect(stderr).toContain("No conclusions");
    expect(
      Math.max(...lines.filter((line) => !line.startsWith("Report:")).map((line) => line.length)),
    ).toBeLessThanOrEqual(100);
  });

  test("writes the same report that it prints, with the environment in it", () => {
    expect(JSON.parse(readFileSync(join(out, "report.json"), "utf8"))).toEqual(
      JSON.parse(JSON.stringify(report)),
    );
    expect(readFileSync(join(out, "report.md"), "utf8")).toContain("# What the locks cost");
    expect(report).toMatchObject({
      preset: "smoke",
      seed: 5,
      schemaVersion: SCHEMA_VERSION,
      conclusions: false,
    });
    expect(report.environment.argv).toContain("smoke");
    expect(report.environment.machine).toMatch(/^[0-9a-f]{16}$/);
  });

  test("catches the broken control and finds nothing wrong with locks and exact sales", () => {
    const wrong = (cell: ReportCell): number =>
      cell.lostUpdates +
      (cell.overlaps ?? 0) +
      (cell.oversold ?? 0) +
      (cell.checks.journalFaults.seen ?? 0) +
      (cell.tokensOutOfOrder ?? 0);
    const broken = report.cells.filter((cell) => cell.lock === "broken");
    expect(broken.length).toBeGreaterThan(0);
    for (const cell of broken)
      expect(cell.lostUpdates + (cell.overlaps ?? 0), cell.key).toBeGreaterThan(0);
    const candidates = report.cells.filter(
      (cell) => cell.role === "lock" || (cell.role === "sale" && cell.mode !== "unlocked"),
    );
    expect(candidates.length).toBeGreaterThan(3);
    for (const cell of candidates) expect(wrong(cell), cell.key).toBe(0);
  });

  test("asks conformance before it measures a lock", () => {
    const measured = report.cells.filter((cell) => cell.role === "lock");
    for (const { adapter, lock } of measured) {
      expect(
        report.conformance.find((row) => row.adapter === adapter && row.lock === lock),
      ).toMatchObject({ failed: 0 });
    }
  });

  test("keeps every raw window", () => {
    for (const cell of report.cells) {
      expect(cell.failures).toEqual([]);
      const steady = cell.lock === BROKEN_KIND ? 1 : 3; // its check window is what it is for
      const windows = cell.scenario === STEADY ? steady : scenarioOf(cell.scenario).windows;
      for (const block of cell.blocks) expect(block.windows).toHaveLength(windows);
    }
  });
});
