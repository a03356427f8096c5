import type { SyncGuard } from "@ticketlock/core";
import { describe, expect, test } from "vitest";
import { openMappedMutex } from "../src/index.ts";
import {
  type Actor,
  type Program,
  scratchDirectory,
  scratchPath,
  startProcess,
  startProgram,
  startThread,
  until,
  waiting,
} from "./kit.ts";
import { A, B, openTally, OVERLAPS, TOKENS_REPEATED, TURNS } from "./programs/tally.ts";

/** Enough to run on every push; at 60 in each mode nothing else was found. */
const KILLS = 16;

interface Case {
  readonly name: string;
  readonly start: (path: string) => Promise<Actor>;
}

const users: readonly Case[] = [
  { name: "process", start: startProcess },
  { name: "thread", start: startThread },
];

describe.for(users)("When a $name", ({ start }) => {
  test("dies while it waits, it is counted no more and the next one is granted", async () => {
    const mutex = openMappedMutex(scratchPath());
    const guard = mutex.acquireSync();
    const dying = [await start(mutex.handle.data.path), await start(mutex.handle.data.path)];
    const living = await startProcess(mutex.handle.data.path);
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

test("a worker that sleeps for the lock can be terminated, and process.exit does not wait for it", async () => {
  const mutex = openMappedMutex(scratchPath());
  const guard = mutex.acquireSync();
  const { ended } = await startProgram("exit-with-sleepers", [mutex.handle.data.path]);
  expect(await ended).toEqual([0, null]);
  guard.release();
  mutex.close();
});

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
