import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Directories that this process made and that no store has taken over yet. */
const unclaimed = new Set<string>();
let sweeps = false;

/** Makes a directory that only this user can enter. Goes with the process unless `claimTemporaryDirectory` takes it over. */
export function makeTemporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "ticketlock-")); // mode 0700
  unclaimed.add(directory);
  if (!sweeps) process.on("exit", removeUnclaimed);
  sweeps = true;
  return directory;
}

/** True once, and in the process that made it: the caller answers for the directory from now on. */
export function claimTemporaryDirectory(directory: string): boolean {
  return unclaimed.delete(directory);
}

function removeUnclaimed(): void {
  for (const directory of unclaimed) rmSync(directory, { recursive: true, force: true });
}
