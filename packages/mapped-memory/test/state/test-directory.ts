import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TicketlockError } from "@ticketlock/core";
import { onTestFinished } from "vitest";
import { openStateDirectory } from "../../src/state/index.ts";

/** A directory that others may enter, and that goes with the test. */
export function testDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "ticketlock-test-"));
  chmodSync(directory, 0o755);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A state directory of the test's own. */
export function testState(): string {
  return openStateDirectory(join(testDirectory(), "state"));
}

/** A directory as somebody made it. */
export function madeDirectory(mode: number): string {
  const directory = join(testDirectory(), "made");
  mkdirSync(directory);
  chmodSync(directory, mode);
  return directory;
}

export function errorOf(act: () => unknown): TicketlockError {
  try {
    act();
  } catch (error) {
    return error as TicketlockError;
  }
  throw new Error("nothing was thrown");
}
