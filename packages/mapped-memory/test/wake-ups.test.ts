import type { SyncGuard } from "@ticketlock/core";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openMappedMutex } from "../src/index.ts";
import { WORD_AT } from "../src/mutex-layout.ts";
import { WAITERS } from "../src/robust-word.ts";
import {
  lookSeldom,
  processUsers,
  type Program,
  scratchDirectory,
  scratchPath,
  startProcess,
  startProgram,
  until,
  users,
  waiting,
} from "./kit.ts";
import { A, B, openTally, OVERLAPS, TOKENS_REPEATED, TURNS } from "./programs/tally.ts";

/* What is granted here is granted because a wake-up came: nobody looks by himself for ten minutes. */
await lookSeldom();

/** Enough to run on every push; at 60 in each mode nothing else was found. */
const KILLS = 16;

describe.for(users)("When a $name", ({ start, startOther }) => {
  test("dies in the section, the next one has the lock and is told, until somebody answers for it", async () => {
    const mutex = openMappedMutex(scratchPath());
    const holder = await start(mutex.handle.data.path);
    const first = (await holder.ask("acquireSync")) as { token: number };
    const pending = mutex.acquire();
    await waiting(mutex, 1);
    await holder.kill();
    const second = await pending;
    expect(second).toMatchObject({ abandoned: true });
    expect(second.token).toBeGreaterThan(first.token);
    expect(mutex.query()).toMatchObject({ held: true, abandoned: true });
    second.release();
    const third = mutex.acquireSync();
    expect(third.abandoned).toBe(true);
    third.markConsistent();
    third.release();
    const fourth = mutex.acquireSync();
    expect(fourth.abandoned).toBe(false);
    fourth.release();
    expect(mutex.deaths).toBe(1);
    mutex.close();
  });

  test("calls process.exit in its section, the next one has the lock and is told", async () => {
    const mutex = openMappedMutex(scratchPath());
    const holder = await start(mutex.handle.data.path);
    await holder.ask("acquireSync");
    const next = await startOther(mutex.handle.data.path);
    const granted = next.ask("acquireSync");
    await waiting(mutex, 1);
    holder.tell("exit");
    expect(await granted).toMatchObject({ abandoned: true });
    await holder.ended;
    mutex.close();
  });
});

const waits = processUsers.flatMap((user) =>
  ["acquireSync", "acquire"].map((how) => ({ ...user, how })),
);

test.for(waits)("a release wakes a $name that waits by $how", async ({ start, how }) => {
  const mutex = openMappedMutex(scratchPath());
  const waiter = await start(mutex.handle.data.path);
  for (let round = 0; round < 5; round++) {
    const guard = mutex.acquireSync();
    const granted = waiter.ask(how);
    // Else whoever comes to sleep finds the lock free, and needs no wake-up.
    await until("somebody is about to sleep", () => {
      const words = new Int32Array(readFileSync(mutex.handle.data.path).buffer);
      return (words[WORD_AT]! & WAITERS) !== 0;
    });
    guard.release();
    expect(await granted).toMatchObject({ abandoned: false });
    await waiter.ask("release");
  }
  mutex.close();
});

test.for(processUsers)(
  "A $name that is killed while it waits takes no wake-up with it",
  async ({ start, startOther }) => {
    const mutex = openMappedMutex(scratchPath());
    const guard = mutex.acquireSync();
    const { path } = mutex.handle.data;
    const dying = [await start(path), await start(path)];
    const living = await startOther(path);
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
  },
);

test("passes a wake-up on when the waiter that got it is called off", async () => {
  const mutex = openMappedMutex(scratchPath());
  const guard = mutex.acquireSync();
  const called = new AbortController();
  const first = mutex.acquire({ signal: called.signal });
  const other = await startProcess(mutex.handle.data.path);
  const second = other.ask("acquireSync");
  await until("both wait", () => mutex.query().waiters === 2);
  guard.release();
  called.abort();
  await first.then(
    (granted) => granted.release(),
    () => {},
  );
  expect(await second).toMatchObject({ abandoned: false });
  mutex.close();
});

test.for(processUsers)(
  "a waiting $name whose event loop stands still does not keep the lock from others",
  async ({ start, startOther }) => {
    const mutex = openMappedMutex(scratchPath());
    const guard = mutex.acquireSync();
    const busy = await start(mutex.handle.data.path);
    const blockedPath = scratchPath();
    busy.tell("waitAndBlock", blockedPath);
    await until("its event loop stands still", () => existsSync(blockedPath));
    const other = await startOther(mutex.handle.data.path);
    const granted = other.ask("acquireSync");
    await waiting(mutex, 2);
    guard.release();
    expect(await granted).toMatchObject({ abandoned: false });
    await busy.kill();
    mutex.close();
  },
);

test.for(processUsers)(
  "a pending acquisition keeps a $name alive until it is granted",
  async ({ start }) => {
    const mutex = openMappedMutex(scratchPath());
    const guard = mutex.acquireSync();
    const waiter = await start(mutex.handle.data.path);
    waiter.tell("takeOnceAndEnd");
    await waiting(mutex, 1);
    guard.release();
    expect(await waiter.ended).toEqual([0, null]);
    expect(mutex.query()).toMatchObject({ held: false, abandoned: false });
    mutex.close();
  },
);

test.for(["sync", "mixed"])(
  "SIGKILL at random (%s): every other contender gets its turn, and the data is whole",
  { timeout: 120_000 },
  async (how) => {
    const directory = scratchDirectory();
    const [lock, words] = [`${directory}/lock`, `${directory}/tally`];
    const tally = openTally(words);
    const mutex = openMappedMutex(lock);
    const start = (i: number) => startProgram("contender", [lock, words, `${i}`, how]);
    const children = await Promise.all([0, 1, 2, 3].map(start));
    const turns = (i: number): number => Atomics.load(tally.words, TURNS + i);
    for (let round = 0; round < KILLS; round++) {
      const victim = round % 4;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 6));
      await kill(children[victim]!);
      const others = [0, 1, 2, 3].filter((i) => i !== victim);
      const before = others.map(turns);
      await until("every other contender had a turn", () =>
        others.every((i, k) => turns(i) !== before[k]),
      );
      children[victim] = await start(victim);
    }
    await Promise.all(children.map(kill));
    const guard: SyncGuard = mutex.acquireSync();
    // The last one killed may have been half-way, which only an abandoned guard may find.
    if (!guard.abandoned) expect(tally.words[A]).toBe(tally.words[B]);
    guard.release();
    expect([tally.words[OVERLAPS], tally.words[TOKENS_REPEATED]]).toEqual([0, 0]);
    mutex.close();
    tally.close();
  },
);

async function kill({ child, ended }: Program): Promise<void> {
  child.kill("SIGKILL");
  await ended;
}
