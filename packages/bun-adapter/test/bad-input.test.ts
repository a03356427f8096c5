import { closeSync, openSync, writeSync } from "node:fs";
import { type Handle, type Launcher, type LockProvider, openSession, type StartedContender, type StartOptions } from "@ticketlock/core"; // prettier-ignore
import { mappedLocks } from "@ticketlock/mapped-memory";
import { expect, test } from "vitest";
import { adapter } from "../src/adapter.ts";

/** The session's own time limit: beyond the test's, so that it is never what ends a wait. */
const NO_HELP_MS = 3_600_000;

/** Where a mapped file says which layout it has. */
const VERSION_AT_BYTES = 8;

/** Locks whose file is of another release by the time that contenders open it. */
const outdated: LockProvider = {
  ...mappedLocks,
  open(handle: Handle) {
    const lock = mappedLocks.open(handle);
    const file = openSync(lock.handle.data.path, "r+");
    writeSync(file, new Int32Array([77]), 0, 4, VERSION_AT_BYTES);
    closeSync(file);
    return lock;
  },
};

/** Opens a session of one contender in Bun, and closes it; who was started is added to `started`. */
async function open(locks: LockProvider, started: StartedContender[]): Promise<void> {
  const start = async (options: StartOptions): Promise<StartedContender> => {
    const contender = await adapter.launcher!.start(options);
    started.push(contender);
    return contender;
  };
  const launcher: Launcher = { ...adapter.launcher!, start };
  const adapters = [{ ...adapter, launcher, locks: [locks] }];
  const lock = { kind: "mapped" };
  const session = await openSession({ adapters, contenders: 1, lock, limitMs: NO_HELP_MS });
  await session.close();
}

test("A mapped file of another layout is refused in Bun; the owner is told, no time limit has to end the wait, and no process is left", async () => {
  const started: StartedContender[] = [];
  await open(mappedLocks, started);
  await expect(open(outdated, started)).rejects.toMatchObject({
    code: "LOCK_UNSUPPORTED",
    message: expect.stringContaining("another release"),
  });
  expect(started).toHaveLength(2);
  await Promise.all(started.map(({ exited }) => exited));
});
