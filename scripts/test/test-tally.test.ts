import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readReport, sumTallies } from "../test-tally.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ticketlock-tally-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function report(content: unknown): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "report.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

function vitestReport(passed: number, failed: number, files: readonly unknown[] = []): unknown {
  return {
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: 0,
    success: failed === 0 && files.length === 0,
    testResults: files,
  };
}

describe("readReport", () => {
  test("counts what passed and failed", () => {
    expect(readReport(report(vitestReport(3, 2)), "packages/some")).toMatchObject({
      passed: 3,
      failed: 2,
    });
  });

  test("counts a missing report as a failure", () => {
    expect(readReport(join(folder, "none.json"), "packages/some")).toMatchObject({
      failed: 1,
      problems: ["packages/some gave no test report"],
    });
  });

  test("counts a report that is not JSON as a failure", () => {
    expect(readReport(report("{"), "packages/some").failed).toBe(1);
  });

  test("counts a run without a test as a failure", () => {
    expect(readReport(report(vitestReport(0, 0)), "packages/some")).toMatchObject({
      failed: 1,
      problems: ["packages/some ran no test"],
    });
  });

  test("names each failed test and says how it failed", () => {
    const stack = Array.from({ length: 40 }, (_, line) => `at line ${line}`);
    const failureMessages = [["sold 2 of 1", "", ...stack].join("\n")];
    const assertionResults = [
      { status: "passed", fullName: "sells one" },
      { status: "failed", fullName: "sells no more", failureMessages },
    ];
    const files = [{ name: "some.test.ts", status: "failed", assertionResults }];
    const tally = readReport(report(vitestReport(1, 1, files)), "packages/some");
    expect(tally).toMatchObject({ failed: 1, problems: [expect.any(String)] });
    const [title, how, ...rest] = tally.problems[0]!.split("\n");
    expect(title).toBe("packages/some: failed: sells no more");
    expect(how).toBe("  sold 2 of 1");
    expect(rest.length).toBeLessThan(stack.length);
  });

  test("counts a test file that does not load as a failure", () => {
    const files = [{ name: "some.test.ts", status: "failed", assertionResults: [] }];
    expect(readReport(report(vitestReport(4, 0, files)), "packages/some")).toMatchObject({
      passed: 4,
      failed: 1,
    });
  });
});

describe("sumTallies", () => {
  test("adds up and keeps every problem", () => {
    const one = { passed: 1, failed: 0, skipped: 1, problems: ["a"] };
    const two = { passed: 2, failed: 3, skipped: 0, problems: ["b"] };
    expect(sumTallies([one, two])).toEqual({
      passed: 3,
      failed: 3,
      skipped: 1,
      problems: ["a", "b"],
    });
  });
});
