/**
 * Adds up what `pnpm test`, `pnpm test:system` and `pnpm pack:check` left in
 * test-results, prints the sum as the last line and exits 1 unless all is well.
 *
 * @param argv - the names of the steps that failed
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { closeTally, failure, sumTallies, type TestTally } from "./test-tally.ts";
import { repositoryRoot } from "./workspace.ts";

const tallies: TestTally[] = ["test", "test-system", "pack-check"].map((name) => {
  try {
    const path = join(repositoryRoot, "test-results", `${name}.json`);
    return JSON.parse(readFileSync(path, "utf8")) as TestTally;
  } catch {
    return failure(`${name} gave no result`);
  }
});
const failedSteps = process.argv.slice(2);
for (const name of failedSteps) console.error(`failed: ${name}`);
if (failedSteps.length > 0 && tallies.every((tally) => tally.failed === 0)) {
  tallies.push(failure("a step failed although no test did"));
}
closeTally(repositoryRoot, "all", sumTallies(tallies));
