import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How many tests passed and failed, and what else went wrong, each a sentence. */
export interface TestTally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly problems: readonly string[];
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests?: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/**
 * Reads the JSON report that one run of vitest left.
 *
 * A report that is missing, unreadable or empty is a failure: what did not run
 * has not passed. So is a test file that could not be loaded, in which vitest
 * counts no failed test.
 *
 * @param label - names the run in the problems
 */
export function readReport(reportPath: string, label: string): TestTally {
  if (!existsSync(reportPath)) return failure(`${label} gave no test report`);
  let report: VitestReport;
  try {
    report = JSON.parse(readFileSync(reportPath, "utf8")) as VitestReport;
  } catch {
    return failure(`${label} gave a test report that is not JSON`);
  }
  const broken = report.testResults.filter(
    (file) =>
      file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const problems = [
    ...broken.map((file) => `${label}: ${file.name} failed outside its tests`),
    ...failedTests(report).map((test) => `${label}: failed: ${test}`),
  ];
  const failed = report.numFailedTests + broken.length;
  const passed = report.numPassedTests;
  const skipped = report.numPendingTests + (report.numTodoTests ?? 0);
  if (passed + failed === 0) return failure(`${label} ran no test`);
  if (!report.success && failed === 0) return failure(`${label} failed outside its tests`, passed);
  return { passed, failed, skipped, problems };
}

/** How much of a failure is repeated at the end. */
const MESSAGE_LINES = 12;

/** What failed, and how, belongs beside the closing line: of a long log often only the end is kept. */
function failedTests({ testResults }: VitestReport): string[] {
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "failed")
    .map(({ fullName, failureMessages = [] }) => {
      const lines = failureMessages.join("\n").split("\n").slice(0, MESSAGE_LINES);
      return [fullName, ...lines.filter((line) => line !== "").map((line) => `  ${line}`)].join(
        "\n",
      );
    });
}

/** One failure that is no test's: counted, so that the sum cannot look green. */
export function failure(problem: string, passed = 0): TestTally {
  return { passed, failed: 1, skipped: 0, problems: [problem] };
}

export function sumTallies(tallies: readonly TestTally[]): TestTally {
  return {
    passed: tallies.reduce((sum, tally) => sum + tally.passed, 0),
    failed: tallies.reduce((sum, tally) => sum + tally.failed, 0),
    skipped: tallies.reduce((sum, tally) => sum + tally.skipped, 0),
    problems: tallies.flatMap((tally) => tally.problems),
  };
}

/**
 * Prints what went wrong and the closing line `N passed, N failed`, keeps the
 * sum in `test-results/<name>.json` for whoever adds up several runs, and sets
 * the exit code: 1 if anything failed or nothing ran.
 */
export function closeTally(root: string, name: string, tally: TestTally): void {
  const closed = tally.passed + tally.failed === 0 ? failure("no test ran") : tally;
  for (const problem of closed.problems) console.error(problem);
  if (closed.skipped > 0) console.log(`(${closed.skipped} skipped)`);
  mkdirSync(join(root, "test-results"), { recursive: true });
  writeFileSync(join(root, "test-results", `${name}.json`), `${JSON.stringify(closed)}\n`);
  console.log(`${closed.passed} passed, ${closed.failed} failed`);
  process.exitCode = closed.failed > 0 ? 1 : 0;
}
