import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TicketlockError } from "@ticketlock/core";

/** Directories that this process made and that no store has taken over yet. */
const unclaimed = new Set<string>();
let sweeps = false;

/**
 * Makes a directory that only this user can enter. Goes with the process unless `claimTemporaryDirectory` takes it over.
 * @throws {TicketlockError} `PERMISSION_DENIED` where Deno may not, `STORE_UNAVAILABLE`
 */
export function makeTemporaryDirectory(): string {
  const directory = make();
  unclaimed.add(directory);
  if (!sweeps) process.on("exit", removeUnclaimed);
  sweeps = true;
  return directory;
}

function make(): string {
  try {
    return mkdtempSync(join(tmpdir(), "ticketlock-")); // mode 0700
  } catch (cause) {
    const { name, message } = cause as Error;
    throw new TicketlockError(
      name === "NotCapable" ? "PERMISSION_DENIED" : "STORE_UNAVAILABLE",
      `Cannot make a temporary directory for the store: ${message}. Or give the store a path.`,
      { cause },
    );
  }
}

/** True once, and in the process that made it: the caller answers for the directory from now on. */
export function claimTemporaryDirectory(directory: string): boolean {
  return unclaimed.delete(directory);
}

/** What was claimed for could not be had: the directory goes with the process again. */
export function disclaimTemporaryDirectory(directory: string): void {
  unclaimed.add(directory);
}

function removeUnclaimed(): void {
  for (const directory of unclaimed) rmSync(directory, { recursive: true, force: true });
}
