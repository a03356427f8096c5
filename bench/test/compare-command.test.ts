import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { machineId } from "../src/environment/environment.ts";
import type { Report } from "../src/report/report.ts";
import { around, gateReport } from "./gate-report.ts";
import { startMain } from "./run-main.ts";

const folder = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

let runs = 0;

/** A report of a run of its own: no two began at the same time. */
function ofAnotherRun(report: Report): Report {
  const startedAt = new Date(Date.UTC(2026, 0, 1, 0, ++runs)).toISOString();
  return { ...report, environment: { ...report.environment, startedAt } };
}

function written(name: string, report: Report): string {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(ofAnotherRun(report)));
  return path;
}

const a = written("a", gateReport());

async function compared(
  b: Report,
  ...flags: string[]
): Promise<{ code: number | null; stdout: string }> {
  const { code, stdout, stderr } = await startMain(["compare", a, written("b", b), ...flags]).done;
  expect(stderr).toBe("");
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  return { code, stdout };
}

describe("pnpm bench compare", () => {
  test("exits 0 where B is as fast as A, and calls that a tie", async () => {
    const { code, stdout } = await compared(gateReport());
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Passed, no gate is slower: 2 gates: 2 ties/);
  });

  test("exits 0 where it cannot tell", async () => {
    const { code, stdout } = await compared(gateReport({ contended: [40, 60, 90, 50, 75] }));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Passed, no gate is slower: 2 gates: 1 tie, 1 inconclusive/);
  });

  test("exits 0 where B is faster", async () => {
    const { code, stdout } = await compared(gateReport({ contended: around(30) }));
    expect(code).toBe(0);
    expect(stdout).toMatch(/1 faster/);
  });

  test("exits 1 where one gate is slower, and names it", async () => {
    const { code, stdout } = await compared(gateReport({ contended: around(72) }));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Slower: 2 gates: 1 slower, 1 tie/);
    expect(stdout).toMatch(/futex\/memory\/counter\/x2\/0us +x1\.200 .*slower/);
  });

  test("exits 3 where B is wrong, although it is faster", async () => {
    const { code, stdout } = await compared(gateReport({ contended: around(30), lost: 4 }));
    expect(code).toBe(3);
    expect(stdout).toMatch(/^WRONG: .*\n.*updates lost/);
  });

  test("exits 3 where blocks of a gate failed in B and not in A, however fast those are that ended", async () => {
    const failures = Array.from({ length: 9 }, () => "the session did not end within 30 s.\nstack");
    const b = gateReport({ contended: [30, 30.1, 29.9], failures });
    const { code, stdout } = await compared(b);
    expect(code).toBe(3);
    const flat = stdout.replace(/\s+/g, " ");
    expect(flat).toMatch(/^WRONG: B did what no lock may do/);
    expect(flat).toContain(
      "x2/0us: 9 of 12 blocks failed in B, none in A: the session did not end within 30 s.",
    );
    expect(stdout).not.toContain("Passed");
  });

  test("exits 3 where no block of a gate ended in B", async () => {
    const whole = gateReport({ contended: [] });
    const key = gateReport().cells.find(({ contenders }) => contenders === 2)!.key;
    const notMeasured = [{ key, why: "it hung.", failures: ["it hung.", "it hung."] }];
    const { code, stdout } = await compared({ ...whole, notMeasured });
    expect(code).toBe(3);
    expect(stdout.replace(/\s+/g, " ")).toContain("2 of 2 blocks failed in B, none in A: it hung.");
  });

  test("exits 0 where as many blocks failed in A, and says that they are in no ratio", async () => {
    const failing = gateReport({ contended: around(60).slice(1), failures: ["it hung."] });
    const before = written("failing", failing);
    const after = written("failing-again", failing);
    const { code, stdout } = await startMain(["compare", before, after]).done;
    expect(code).toBe(0);
    const flat = stdout.replace(/\s+/g, " ");
    expect(flat).toContain("In A, 1 of 5 blocks failed of");
    expect(flat).toContain("In B, 1 of 5 blocks failed of");
    const mended = await startMain(["compare", before, a]).done;
    expect(mended.code).toBe(0);
    expect(mended.stdout).toContain("In A, 1 of 5 blocks failed of");
  });

  test("exits 2, not 0, where the broken control was not caught in B: its zeros prove nothing", async () => {
    const { code, stdout } = await compared(gateReport({ controlLost: 0 }));
    expect(code).toBe(2);
    const flat = stdout.replace(/\s+/g, " ");
    expect(flat).toMatch(/^Not passed: nothing shows that B is right/);
    expect(flat).toMatch(/not caught in B \(\S+broken\S+\): the zeros of B prove nothing/);
    const caught = await compared(gateReport({ controlLost: 5 }));
    expect(caught.code).toBe(0);
    expect(caught.stdout).not.toContain("control lock that lets two in at times was not caught");
  });

  test("exits 2 where the broken control could not be measured in B", async () => {
    const key = gateReport({ controlLost: 0 }).cells.find(({ lock }) => lock === "broken")!.key;
    const notMeasured = [{ key, why: "it hung.", failures: ["it hung."] }];
    const { code } = await compared(gateReport({ part: { notMeasured } }));
    expect(code).toBe(2);
  });

  test("says so where B has no broken control", async () => {
    const { code, stdout } = await compared(gateReport());
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, " ")).toContain(
      "B has no control lock that lets two in at times",
    );
  });

  test("exits 3 where B is wrong, although nothing could be compared", async () => {
    const { code } = await compared(gateReport({ lost: 4, machine: "f".repeat(16) }));
    expect(code).toBe(3);
  });

  test.each<readonly [what: string, b: Report, says: RegExp]>([
    ["on another machine", gateReport({ machine: "f".repeat(16) }), /The machines differ/],
    ["of another preset", gateReport({ part: { preset: "standard" } }), /The presets differ/],
    ["that concludes nothing", gateReport({ part: { conclusions: false } }), /Nothing can be conc/],
    ["with other gates", gateReport({ part: { cells: [] } }), /gates differ/],
    ["with few blocks", gateReport({ alone: [12, 12], contended: [60, 60] }), /Too few blocks/],
  ])("exits 2 for a run %s, and says so", async (_what, b, says) => {
    const { code, stdout } = await compared(b);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^Cannot compare B with A/);
    expect(stdout).toMatch(says);
  });

  test("--allow-different-machine prints ratios without a verdict, and exits 0", async () => {
    const b = gateReport({ contended: around(90), machine: "f".repeat(16) });
    const { code, stdout } = await compared(b, "--allow-different-machine");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^No verdict/);
    expect(stdout).toContain("x1.500");
    expect(stdout).not.toMatch(/slower/);
  });

  test("exits 70, not as if B were slower, where it cannot print how it went", () => {
    const full = openSync("/dev/full", "w");
    const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
    const { status, stderr } = spawnSync(
      process.execPath,
      [main, "compare", a, written("b", gateReport())],
      {
        stdio: ["ignore", full, "pipe"],
        encoding: "utf8",
      },
    );
    closeSync(full);
    expect({ status, lines: stderr.trim().split("\n").length }).toEqual({ status: 70, lines: 1 });
    expect(stderr).toContain("ENOSPC");
  });

  test("exits 2 where both are of one run, which agrees with itself whatever happened", async () => {
    for (const other of [a, written("b", gateReport())]) {
      const { code, stdout, stderr } = await startMain(["compare", other, other]).done;
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(
        /^Cannot compare: both reports are of the run of 2026-\S+, which agrees with itself\. Pass those of two runs\./,
      );
    }
  });

  test("takes the folder of a report for the report", async () => {
    const own = join(folder, "folder");
    mkdirSync(own);
    writeFileSync(join(own, "report.json"), JSON.stringify(ofAnotherRun(gateReport())));
    const { code, stderr } = await startMain(["compare", own, a]).done;
    expect(code, stderr).toBe(0);
  });
});

describe("pnpm bench compare --baseline", () => {
  const baselines = join(folder, "baselines");
  const machine = machineId();
  const b = written("of-this-machine", gateReport({ machine, contended: around(72) }));
  const flags = ["compare", "--baseline", "--baselines", baselines];

  test("exits 2 where none is saved for this machine, and says how to save one", async () => {
    const { code, stderr } = await startMain([...flags, b]).done;
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`none is saved for this machine.*${machine}.*baseline save`));
  });

  test("compares a report with the one that is saved", async () => {
    mkdirSync(baselines);
    writeFileSync(join(baselines, `${machine}.json`), JSON.stringify(gateReport({ machine })));
    const { code, stdout } = await startMain([...flags, b]).done;
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Slower/);
  });
});

describe("pnpm bench explain", () => {
  test("explains the one cell that has the text in its key", async () => {
    const { code, stdout, stderr } = await startMain(["explain", a, "x1/"]).done;
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^node\/sample\/futex\/memory\/counter\/x1\/0us\n/);
  });

  test("exits 2 where no cell or several have it, and names some", async () => {
    for (const [text, says] of [
      ["x9", /no such cell.*Nearest: node\/sample/],
      ["futex", /4 cells match/],
    ] as const) {
      const { code, stdout, stderr } = await startMain(["explain", a, text]).done;
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(says);
    }
  });
});
