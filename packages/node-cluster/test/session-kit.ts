import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Lock,
  type LockState,
  openSession,
  type Outcome,
  type RunOptions,
  type Session,
} from "@ticketlock/core";
import { openStateDirectory } from "@ticketlock/mapped-memory/state";
import { onTestFinished } from "vitest";
import { adapter } from "../src/index.ts";
import type { Part, Played } from "./workloads/play.ts";

const play = new URL("./workloads/play.ts", import.meta.url);

/** A state directory of the test's own. */
export function testState(): string {
  const memory = "/dev/shm";
  const parent = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), "ticketlock-test-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return openStateDirectory(join(parent, "state"));
}

/** A session of this adapter that is closed when the test ends. */
export async function openTestSession(
  contenders: number,
  capacity?: number,
  kind = "ipc",
): Promise<Session> {
  const store = capacity === undefined ? {} : { store: { options: { capacity } } };
  const session = await openSession({ adapters: [adapter], contenders, lock: { kind }, ...store });
  onTestFinished(() => session.close());
  return session;
}

export function playParts(
  session: Session,
  parts: readonly Part[],
  options?: RunOptions,
): Promise<readonly Outcome<Played>[]> {
  return session.run<readonly Part[], Played>(play, parts, options);
}

/** What the contenders logged; `crashed` or `failed` for those who did not end. */
export function logs(outcomes: readonly Outcome<Played>[]): unknown[] {
  return outcomes.map((outcome) => (outcome.status === "done" ? outcome.value : outcome.status));
}

/** Settles as soon as the lock looks as it should. */
export async function untilState(
  lock: Lock,
  looks: (state: LockState) => boolean,
): Promise<LockState> {
  for (;;) {
    const state = await lock.query();
    if (looks(state)) return state;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** False also for a process that has ended and that its parent has not asked after yet. */
export function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    if (process.platform !== "linux") return true;
    const stat = readFileSync(`/proc/${processId}/stat`, "latin1");
    return !/^[ZX]$/.test(stat.charAt(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}
