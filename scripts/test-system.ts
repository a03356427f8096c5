/**
 * `pnpm test:system`: the tests that need more than npm, in the folders
 * `test-system` of the packages. Never cached: they look at the machine.
 */
import { accessSync, constants, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { showCommand } from "./run-command.ts";
import { closeTally, failure, readReport, sumTallies } from "./test-tally.ts";
import { filesBelow, repositoryRoot, workspacePackages } from "./workspace.ts";

const runLimitMs = 20 * 60_000;

/** Commands the system tests call, and the Debian packages that bring them. */
const needed: readonly { readonly command: string; readonly packages: string }[] = [
  { command: "python3", packages: "python3" },
  { command: "cc", packages: "gcc libc6-dev" },
  { command: "chromium", packages: "chromium" },
];

function isOnPath(command: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const tallies = needed
  .filter(({ command }) => !isOnPath(command))
  .map((each) =>
    failure(
      `system tests need ${each.command}: it is not on PATH; install it with apt-get install ${each.packages}`,
    ),
  );

if (tallies.length === 0) {
  for (const each of workspacePackages()) {
    if (filesBelow(join(each.folder, "test-system"), [".test.ts"]).length === 0) continue;
    const report = join("test-results", "system.json");
    rmSync(join(each.folder, report), { force: true });
    const passed = showCommand("vitest", ["run", "--outputFile.json", report], {
      cwd: each.folder,
      env: { TICKETLOCK_SYSTEM_TESTS: "1" },
      timeoutMs: runLimitMs,
    });
    const tally = readReport(join(each.folder, report), each.path);
    tallies.push(tally);
    if (!passed && tally.failed === 0) tallies.push(failure(`${each.path}: vitest failed`));
  }
}

closeTally(repositoryRoot, "test-system", sumTallies(tallies));
