import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readReport } from "../src/report/read-report.ts";
import { type Report, SCHEMA_VERSION } from "../src/report/report.ts";
import { startMain } from "./run-main.ts";
import { sampleReport } from "./sample-report.ts";

const folder = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const report = sampleReport();

function written(content: unknown, name = "report.json"): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

/** The report with one part of its third cell changed. */
function damaged(part: Record<string, unknown>): unknown {
  const cells = report.cells.map((cell, i) => (i === 2 ? { ...cell, ...part } : cell));
  return { ...report, cells };
}

describe("readReport", () => {
  test("reads a report from its file and from its folder", () => {
    const path = written(report);
    expect(readReport(path)).toEqual<Report>(report);
    expect(readReport(folder)).toEqual<Report>(report);
  });

  const empty = join(folder, "empty");
  mkdirSync(empty);
  const text = JSON.stringify(report);

  test.each<readonly [what: string, path: () => string, says: RegExp]>([
    ["no file", () => join(folder, "nothing.json"), /no such file\. Pass a report\.json/],
    ["a folder without a report", () => empty, /the folder has no report\.json/],
    ["no JSON", () => written("# Report"), /it is not JSON/],
    [
      "a report that was cut off",
      () => written(text.slice(0, 5_000)),
      /it is not JSON, or was cut/,
    ],
    ["JSON that is no report", () => written({ cells: [] }), /it is no report of this bench/],
    ["no object", () => written("null"), /it is no report of this bench/],
    ["figures", () => written({ tool: "ticketlock-figures", schemaVersion: 2 }), /it is no report/],
    [
      "a newer report",
      () => written({ ...report, schemaVersion: SCHEMA_VERSION + 1 }),
      new RegExp(
        `made by a newer ticketlock: schema ${SCHEMA_VERSION + 1}, this one reads ${SCHEMA_VERSION}\\. Update`,
      ),
    ],
    [
      "an older report",
      () => written({ ...report, schemaVersion: SCHEMA_VERSION - 1 }),
      new RegExp(`made by an older ticketlock: schema ${SCHEMA_VERSION - 1}.*Measure again`),
    ],
    [
      "a missing part",
      () => written(damaged({ lock: undefined })),
      /damaged: cells\[2\]\.lock: expected string, received undefined/,
    ],
    [
      "a wrong part",
      () => written(damaged({ contenders: -1 })),
      /damaged: cells\[2\]\.contenders: Too small/,
    ],
  ])("refuses %s, and says so in one line", (_what, path, says) => {
    const read = (): Report => readReport(path());
    expect(read).toThrow(says);
    expect(read).toThrow(/^Cannot read [^\n]*$/);
    expect(read).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});

test("pnpm bench report refuses what is no report with exit code 2, and writes nothing", async () => {
  const path = written({ ...report, tool: "other" }, "other.json");
  const out = join(folder, "out");
  const { code, stdout, stderr } = await startMain(["report", path, "--out", out]).done;
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^Cannot read .*no report of this bench.* \[USAGE\]\n$/);
  expect(() => readReport(out)).toThrow(/no such file/);
});
