import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Baselines } from "../src/baseline/baselines.ts";
import type { Report } from "../src/report/report.ts";
import { around, gateReport } from "./gate-report.ts";
import { type MainOptions, startMain } from "./run-main.ts";

const MACHINE = "0123456789abcdef";

let folder: string;
let baselines: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"));
  baselines = join(folder, "baselines");
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Done {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Offers two runs, of which A is the earlier one. */
function save(a: Report, b: Report, options: MainOptions = {}): Promise<Done> {
  const environment = { ...a.environment, startedAt: "2025-12-24T00:00:00.000Z" };
  return offer({ ...a, environment }, b, options);
}

function offer(a: Report, b: Report, options: MainOptions = {}): Promise<Done> {
  const paths = [a, b].map((report, i) => {
    const path = join(folder, `${i}.json`);
    writeFileSync(path, JSON.stringify(report));
    return path;
  });
  return startMain(["baseline", "save", ...paths, "--baselines", baselines], options).done;
}

describe("pnpm bench baseline save", () => {
  test("keeps the second of two reports that agree, whole, under the machine's id", async () => {
    const second = gateReport({ startedAt: "2026-02-02T00:00:00.000Z" });
    const { code, stdout, stderr } = await save(gateReport(), second);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^Passed/);
    expect(stdout).toMatch(/Saved: .*baselines\/0123456789abcdef\.json \(\d+\.\d MB\)\.\n$/);
    expect(stdout).not.toContain("replaces");
    expect(readdirSync(baselines)).toEqual([`${MACHINE}.json`]);
    expect(new Baselines(baselines).read(MACHINE)).toEqual(second);
  });

  test("exits 1 where a gate differs either way, names it, and saves nothing", async () => {
    for (const ns of [48, 72]) {
      const { code, stderr } = await save(gateReport(), gateReport({ contended: around(ns) }));
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /disagree on node\/sample\/futex\/memory\/counter\/x2\/0us \(x[01]\.\d+/,
      );
      expect(stderr).toContain("No baseline was saved.");
      expect(readdirSync(folder)).not.toContain("baselines");
    }
  });

  test("exits 1 where two runs agree because they are too noisy to disagree, says at which gates, and saves nothing", async () => {
    const noisy = (preset: string): Report =>
      gateReport({ contended: [40, 60, 90, 50, 75], part: { preset } });
    for (const [preset, advice] of [
      ["quick", "or measure more: --preset standard."],
      ["standard", "or measure more: --preset full."],
      ["full", "Leave the machine alone."],
    ] as const) {
      const { code, stdout, stderr } = await save(noisy(preset), noisy(preset));
      expect(code).toBe(1);
      expect(stdout).toMatch(/^Passed, no gate is slower: 2 gates: 1 tie, 1 inconclusive/);
      const flat = stderr.replace(/\s+/g, " ");
      expect(flat).toMatch(
        /^Too noisy to be a baseline: .*x1\.3, .* at \S+\/x2\/0us \(x\d\.\d\d\)\. Leave/,
      );
      expect(flat).toContain(advice);
      expect(readdirSync(folder)).not.toContain("baselines");
    }
  });

  test("keeps runs that are inconclusive, and could have shown a slow-down all the same", async () => {
    const contended = [0.9, 0.95, 1, 1.05, 1.1].map((factor) => 60 * factor);
    const scattered = gateReport({ contended });
    const { code, stdout, stderr } = await save(scattered, scattered);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^Passed, no gate is slower: 2 gates: 1 tie, 1 inconclusive/);
  });

  test("exits 2 for reports of two machines, and 1 for wrong or partial ones, and saves nothing", async () => {
    const refusals = [
      [gateReport({ machine: "f".repeat(16) }), gateReport(), 2],
      [gateReport(), gateReport({ lost: 3 }), 1],
      [gateReport({ lost: 3 }), gateReport(), 1],
      [gateReport(), gateReport({ part: { partial: true } }), 1],
    ] as const;
    for (const [a, b, code] of refusals) {
      expect((await save(a, b)).code).toBe(code);
      expect(readdirSync(folder)).not.toContain("baselines");
    }
  });

  test("exits 2 for one run given twice, which agrees with itself", async () => {
    const { code, stderr } = await offer(gateReport(), gateReport());
    expect(code).toBe(2);
    expect(stderr).toMatch(/both reports are of the run of 2026-01-01/);
    expect(readdirSync(folder)).not.toContain("baselines");
  });

  test("says what it replaces, and whether that was something else", async () => {
    const old = gateReport({ startedAt: "2026-01-05T00:00:00.000Z" });
    await save(old, old);
    const same = await save(gateReport(), gateReport());
    expect(same.stdout).toMatch(
      /It replaces the baseline of 2026-01-05, commit 0{12}, preset quick\./,
    );
    expect(same.stdout).not.toContain("same configuration");
    const standard = gateReport({ part: { preset: "standard" } });
    const other = await save(standard, standard);
    expect(other.code).toBe(0);
    expect(other.stdout.replace(/\s+/g, " ")).toMatch(
      /not of the same configuration .*The presets differ: quick in A, standard in B/,
    );
  });

  test("replaces a baseline that cannot be read any more, and says so", async () => {
    await save(gateReport(), gateReport());
    writeFileSync(join(baselines, `${MACHINE}.json`), "{");
    const { code, stdout } = await save(gateReport(), gateReport());
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, " ")).toMatch(
      /replaces one that cannot be read any more: .*not JSON/,
    );
    expect(new Baselines(baselines).read(MACHINE)).toEqual(gateReport());
  });

  test("writes no file of another name than a machine's", async () => {
    const strange = gateReport({ machine: "../../elsewhere" });
    const { code, stderr } = await save(strange, strange);
    expect(code).toBe(2);
    expect(stderr).toMatch(/id must be 16 hexadecimal digits/);
  });

  test("leaves the old baseline as it was where the new one cannot be written", async () => {
    const old = gateReport();
    await save(old, old);
    const fresh = gateReport({ startedAt: "2026-02-02T00:00:00.000Z" });
    const { code, stderr } = await save(fresh, fresh, { fileKilobytes: 1 });
    expect(code).toBe(70);
    expect(stderr).toMatch(/^Cannot save the baseline .*EFBIG.*What was there is unchanged/);
    expect(readdirSync(baselines)).toEqual([`${MACHINE}.json`]);
    expect(new Baselines(baselines).read(MACHINE)).toEqual(old);
  });

  test("exits 70 where no folder for baselines can be made", async () => {
    writeFileSync(baselines, "a file, where a folder should be");
    const { code, stderr } = await save(gateReport(), gateReport());
    expect(code).toBe(70);
    expect(stderr).toMatch(/^Cannot save the baseline .*--baselines/);
  });
});
