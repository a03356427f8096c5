import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { describeError } from "../src/cli/describe-error.ts";
import { comparisonLines } from "../src/compare/comparison-lines.ts";
import { compareReports } from "../src/compare/compare-reports.ts";
import { explainCell } from "../src/report/explain.ts";
import { machineFacts } from "../src/report/html/machine-facts.ts";
import { renderMarkdown } from "../src/report/markdown.ts";
import type { Report } from "../src/report/report.ts";
import { renderTable, renderTerminal, wrap } from "../src/report/terminal.ts";
import { around, gateReport } from "./gate-report.ts";
import { startMain } from "./run-main.ts";

/** Clears the screen, sets the title, and turns the direction of writing. */
const HOSTILE = "\u001b[2J\u001b]0;gotcha\u0007\u009b31m\u202e\r";
/** A control character other than a line feed, or a mark that turns the direction. */
const COMMAND = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

const folder = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const report = gateReport({ contended: around(90) });
const good = join(folder, "good.json");
writeFileSync(good, JSON.stringify(report));

/** The same report with each word that a file can bring replaced, as far as its parts still agree. */
const hostile: Report = {
  ...report,
  preset: HOSTILE,
  environment: {
    ...report.environment,
    commit: `$(touch /tmp/gotcha)${HOSTILE}`,
    cpuModel: HOSTILE,
    kernel: `Linux 6.18 ${HOSTILE}`,
    hypervisor: HOSTILE,
    governor: HOSTILE,
    clockSource: HOSTILE,
    startedAt: HOSTILE,
    argv: [HOSTILE],
    runtimes: { node: `26${HOSTILE}`, [HOSTILE]: "1" },
  },
  notMeasured: [{ key: HOSTILE, why: HOSTILE, failures: [HOSTILE] }],
  cells: report.cells.map((cell) => ({ ...cell, failures: [HOSTILE], adapter: HOSTILE })),
};

describe("A report with characters that command a terminal", () => {
  const parts: readonly (readonly [part: string, report: Report])[] = [
    ["environment.cpuModel", part({ environment: { ...report.environment, cpuModel: HOSTILE } })],
    ["environment.argv[0]", part({ environment: { ...report.environment, argv: [HOSTILE] } })],
    [
      "environment.commit",
      part({ environment: { ...report.environment, commit: "$(touch gotcha)" } }),
    ],
    ["preset", part({ preset: HOSTILE })],
    ["leftOut[0]", part({ leftOut: [HOSTILE] })],
    ["notMeasured[0].why", part({ notMeasured: [{ key: "x", why: HOSTILE, failures: [] }] })],
    ["cells[0].lock", part({ cells: report.cells.map((cell) => ({ ...cell, lock: HOSTILE })) })],
    [
      "cells[0].failures[0]",
      part({ cells: report.cells.map((cell) => ({ ...cell, failures: [HOSTILE] })) }),
    ],
  ];

  function part(changed: Partial<Report>): Report {
    return { ...report, ...changed };
  }

  test.each(parts)("in %s is refused by compare, explain and report", async (place, damaged) => {
    const path = join(folder, "hostile.json");
    writeFileSync(path, JSON.stringify(damaged));
    const out = join(folder, "out");
    for (const args of [
      ["compare", good, path],
      ["explain", path, "futex"],
      ["report", path, "--out", out],
    ]) {
      const { code, stdout, stderr } = await startMain(args).done;
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(`the report is damaged: ${place}`);
      expect(stderr).not.toMatch(COMMAND);
    }
  });

  test("cannot reach the terminal by the path of the file or the name of a cell either", async () => {
    for (const args of [
      ["explain", good, HOSTILE],
      ["compare", good, HOSTILE],
    ]) {
      const { code, stderr } = await startMain(args).done;
      expect(code).toBe(2);
      expect(stderr).not.toMatch(COMMAND);
    }
  });

  test("commands nothing where it is printed, even if it had not been refused", () => {
    const comparison = compareReports(report, hostile, { allowDifferentMachine: true });
    for (const text of [
      renderTerminal(hostile, false),
      renderMarkdown(hostile, []),
      comparisonLines(report, hostile, comparison).join("\n"),
      explainCell(hostile, hostile.cells[0]!).join("\n"),
    ]) {
      expect(text).toContain("\ufffd");
      expect(text).not.toMatch(COMMAND);
    }
  });

  test("gives no command to be copied into a shell", () => {
    const facts = machineFacts(hostile).toString();
    expect(facts).toContain("git checkout &#39;$(touch /tmp/gotcha)");
  });
});

test("wrap, renderTable and describeError replace what would command a terminal", () => {
  expect(wrap(`a\u001b[31m b\u009b c`)).toEqual(["a\ufffd[31m b\ufffd c"]);
  const table = { title: "", head: ["a\u001b"], rows: [["b\u0007\nc"]], words: 1, notes: [] };
  expect(renderTable(table).split("\n")).toEqual(["a\ufffd", "b\ufffd c"]);
  expect(describeError(new Error("no \u001b]0;x\u0007")).line).toBe("no \ufffd]0;x\ufffd");
});
