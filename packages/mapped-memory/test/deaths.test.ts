import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { openMappedMutex } from "../src/index.ts";
import { scratchDirectory, scratchPath, startProgram, users, waiting } from "./kit.ts";
import { commandOf, runtimes } from "./runtimes.ts";
import { A, B, openTally, OVERLAPS, TOKENS_REPEATED } from "./programs/tally.ts";

const terminatedHolder = fileURLToPath(new URL("programs/terminated-holder.ts", import.meta.url));

describe.for(users)("When a $name", ({ start, startOther }) => {
  test("dies while it waits, it is counted no more and the next one is granted", async () => {
    const mutex = openMappedMutex(scratchPath());
    const guard = mutex.acquireSync();
    const dying = [await start(mutex.handle.data.path), await start(mutex.handle.data.path)];
    const living = await startOther(mutex.handle.data.path);
    dying[0]!.tell("acquireSync");
    dying[1]!.tell("acquire");
    await waiting(mutex, 2);
    const granted = living.ask("acquireSync");
    await waiting(mutex, 3);
    await Promise.all(dying.map((one) => one.kill()));
    await waiting(mutex, 1);
    guard.release();
    expect(await granted).toMatchObject({ abandoned: false });
    mutex.close();
  });

  test("ends while it waits without blocking, it is not held up", async () => {
    const mutex = openMappedMutex(scratchPath());
    const guard = mutex.acquireSync();
    const waiter = await start(mutex.handle.data.path);
    waiter.tell("exitWhileWaiting", 3);
    await waiter.ended;
    guard.release();
    mutex.acquireSync().release();
    mutex.close();
  });
});

test.for(runtimes)(
  "in %s, a worker that sleeps for the lock can be terminated, and process.exit does not wait for it",
  async (runtime) => {
    const mutex = openMappedMutex(scratchPath());
    const guard = mutex.acquireSync();
    const { ended } = await startProgram("exit-with-sleepers", [mutex.handle.data.path], runtime);
    expect(await ended).toEqual([0, null]);
    guard.release();
    mutex.close();
  },
);

test.for(runtimes)(
  "in %s, nobody has the lock of a worker that was terminated before its thread has ended",
  async (runtime) => {
    const child = fork(terminatedHolder, [scratchPath()], commandOf(runtime));
    onTestFinished(() => void child.kill("SIGKILL"));
    const ended = once(child, "exit");
    const [said] = await Promise.race([once(child, "message"), ended]);
    expect(said).toEqual({ abandoned: true, workedAfterGrant: 0 });
    expect(await ended).toEqual([0, null]);
  },
);

test.for(["sync", "async", "mixed"])(
  "4 processes that add to one counter (%s) lose nothing, and no token comes twice",
  async (how) => {
    const directory = scratchDirectory();
    const [lock, words] = [`${directory}/lock`, `${directory}/tally`];
    const rounds = how === "sync" ? 50_000 : 500;
    const tally = openTally(words);
    const children = await Promise.all(
      [0, 1, 2, 3].map((i) => startProgram("contender", [lock, words, `${i}`, how, `${rounds}`])),
    );
    const ends = await Promise.all(children.map(({ ended }) => ended));
    expect(ends).toEqual(children.map(() => [0, null]));
    expect(tally.words[A]).toBe(4 * rounds);
    expect(tally.words[B]).toBe(4 * rounds);
    expect([tally.words[OVERLAPS], tally.words[TOKENS_REPEATED]]).toEqual([0, 0]);
    const mutex = openMappedMutex(lock);
    expect(mutex.query()).toMatchObject({ held: false, waiters: 0, token: 4 * rounds });
    mutex.close();
    tally.close();
  },
);
