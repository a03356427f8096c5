/**
 * `pnpm test`: every test that needs nothing but the npm registry.
 *
 * turbo runs each package's tests, or replays their result where neither the
 * package nor what it depends on has changed; the reports are part of what it
 * keeps, so replayed tests are counted too. The bench's tests measure, and the
 * torture's leave nothing for others to run on, so they come one after the
 * other when all others are through. Prints the sum last.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { showCommand } from "./run-command.ts";
import { closeTally, failure, readReport, sumTallies } from "./test-tally.ts";
import { repositoryRoot, workspacePackages } from "./workspace.ts";

const runLimitMs = 60 * 60_000;
const packages = workspacePackages();
const scriptsFolder = join(repositoryRoot, "scripts");

// Otherwise the report of an earlier run would stand in for one that never ran.
for (const folder of [...packages.map((each) => each.folder), scriptsFolder]) {
  rmSync(join(folder, "test-results"), { recursive: true, force: true });
}
rmSync(join(repositoryRoot, "test-results", "test.json"), { force: true });

function runTests(...selection: readonly string[]): boolean {
  const flags = ["--continue", "--output-logs=new-only", ...selection];
  return showCommand("turbo", ["run", "test", ...flags], {
    cwd: repositoryRoot,
    env: { TURBO_TELEMETRY_DISABLED: "1" },
    timeoutMs: runLimitMs,
  });
}

const alone = ["./packages/torture", "./bench"];
const othersPassed = runTests("--concurrency=2", ...alone.map((each) => `--filter=!${each}`));
showCommand("vitest", ["run", "--root", "scripts"], {
  cwd: repositoryRoot,
  timeoutMs: runLimitMs,
});
const lonePassed = runTests("--concurrency=1", ...alone.map((each) => `--filter=${each}`));
const packagesPassed = othersPassed && lonePassed;

const tallies = [...packages, { path: "scripts", folder: scriptsFolder }].map((each) =>
  readReport(join(each.folder, "test-results", "report.json"), each.path),
);
// Each package's failures are in its report; this catches what no report shows.
if (!packagesPassed && tallies.every((tally) => tally.failed === 0)) {
  tallies.push(failure("turbo failed although no test did"));
}

console.log("\nThese tests need npm only. What needs Debian packages: pnpm test:system");
closeTally(repositoryRoot, "test", sumTallies(tallies));
