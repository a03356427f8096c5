import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { reportSchema } from "../src/report/schema.ts";
import { ONE_SCENARIO, startMain } from "./run-main.ts";

const folder = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const scripts = {
  bench: "../src/main.ts",
  figures: "../src/figures/main.ts",
  scenario: "../../packages/scenarios/src/main.ts",
} as const;

function pathOf(script: keyof typeof scripts): string {
  return fileURLToPath(new URL(scripts[script], import.meta.url));
}

describe("Whoever reads the output of a run may go away", () => {
  test("then it stops, writes what was measured, marked partial, and exits 141 without a word", async () => {
    const out = join(folder, "out");
    const main = startMain([...ONE_SCENARIO, "--preset", "smoke", "--out", out]);
    await main.seen(/^\[ *2\/\d+\] /m);
    main.child.stdout.destroy();
    const { code, stderr } = await main.done;
    expect({ code, stderr }).toEqual({ code: 141, stderr: "" });
    const report = reportSchema.parse(JSON.parse(readFileSync(join(out, "report.json"), "utf8")));
    expect(report.partial).toBe(true);
    expect(report.cells.length).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual(["out"]);
  }, 120_000);

  test("where there is no room for its output, it stops, writes what was measured, and exits 70", () => {
    const out = join(folder, "full");
    const full = openSync("/dev/full", "w");
    const args = [pathOf("bench"), ...ONE_SCENARIO, "--preset", "smoke", "--out", out];
    const { status, stderr } = spawnSync(process.execPath, args, {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    });
    closeSync(full);
    expect(status, stderr).toBe(70);
    expect(stderr).toMatch(/^Cannot print: ENOSPC.*Make room/);
    expect(stderr).not.toMatch(/\n\s+at /);
    const report = reportSchema.parse(JSON.parse(readFileSync(join(out, "report.json"), "utf8")));
    expect(report.partial).toBe(true);
  }, 120_000);
});

test.each<readonly [keyof typeof scripts, readonly string[], number]>([
  ["bench", ["--help"], 0],
  ["figures", ["--list"], 0],
  ["scenario", ["--help"], 141],
])("%s %j ends without a trace of a stack where nobody reads it", (script, args, code) => {
  // The reading end is closed before anything is written.
  const shell = 'exec 3> >(:); wait $!; "$@" >&3';
  const { status, stderr } = spawnSync(
    "bash",
    ["-c", shell, "bash", process.execPath, pathOf(script), ...args],
    { encoding: "utf8" },
  );
  expect({ status, stderr }).toEqual({ status: code, stderr: "" });
});
