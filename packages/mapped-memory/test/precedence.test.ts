import { existsSync } from "node:fs";
import type { SyncGuard } from "@ticketlock/core";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { type MappedMutex, openMappedMutex } from "../src/index.ts";
import { looks } from "../src/looks.ts";
import { MappedFile } from "../src/mapped-file.ts";
import { mutexKind, OVERTAKEN_AT, renewMutex, TOKEN_AT, WORD_AT } from "../src/mutex-layout.ts";
import { Precedence } from "../src/precedence.ts";
import { WAITERS } from "../src/robust-word.ts";
import { setTimeout as rest } from "node:timers/promises";
import { type Actor, LIMIT_MS, scratchPath, startProcess, until } from "./kit.ts";

const { giveWayMs } = looks;
afterEach(() => void (looks.giveWayMs = giveWayMs));

const ways = ["acquireSync", "acquire"] as const;
type Way = (typeof ways)[number];

/** A lock that this process has taken again and again, until another process has asked for precedence. */
async function overtaken(way: Way): Promise<{
  mutex: MappedMutex;
  file: MappedFile;
  guard: SyncGuard;
  takes: () => Promise<unknown>;
}> {
  const path = scratchPath();
  const mutex = openMappedMutex(path);
  const file = MappedFile.open(path, { kind: mutexKind, renew: renewMutex });
  onTestFinished(() => {
    file.close();
    mutex.close();
  });
  let guard = mutex.acquireSync();
  const other = await startProcess(path);
  let taken: Promise<unknown> | undefined;
  const take = (): void => {
    taken = other.ask("passThrough", way).finally(() => (taken = undefined));
    taken.catch(() => {});
  };
  const endMs = performance.now() + LIMIT_MS;
  while (file.words[OVERTAKEN_AT] === 0) {
    expect(performance.now(), "a limit").toBeLessThan(endMs);
    if (taken === undefined) take();
    await until("it waits", () => taken === undefined || mutex.query().waiters === 1);
    guard.release();
    guard = mutex.acquireSync();
    // The other one needs a moment to see that it came too late.
    await Promise.race([until("it asks", () => file.words[OVERTAKEN_AT] !== 0), rest(5)]);
  }
  return { mutex, file, guard, takes: () => taken ?? Promise.resolve() };
}

/** Of a lock for which precedence is asked, and then of one that has been freed. */
let free = false;
const isFree = (): boolean => free;

/** Somebody who was overtaken asks, and the holder lets go. */
function asked(words: Int32Array): Precedence {
  const precedence = new Precedence(words, isFree);
  free = false;
  precedence.failed(-Infinity, -1);
  expect(words[OVERTAKEN_AT]).toBe(1);
  free = true;
  precedence.released(words[TOKEN_AT]!);
  expect(words[OVERTAKEN_AT]).toBe(0);
  return precedence;
}

describe("a waiter that has been overtaken for long", () => {
  test.each(ways.flatMap((way) => ways.map((again) => ({ way, again }))))(
    "with $way is let go first by a holder that asks again at once with $again",
    async ({ way, again }) => {
      looks.giveWayMs = LIMIT_MS;
      const { mutex, file, takes, ...first } = await overtaken(way);
      let { guard } = first;
      for (;;) {
        await until("it watches", () => (file.words[WORD_AT]! & WAITERS) !== 0);
        const { token } = guard;
        guard.release();
        const gaveWay = file.words[OVERTAKEN_AT] === 0;
        guard = again === "acquire" ? await mutex.acquire() : mutex.acquireSync();
        if (gaveWay) expect(guard.token).toBe(token + 2);
        if (guard.token === token + 2) break;
        // It was still on its way to sleep: such a release wakes nobody, and the request stays.
      }
      guard.release();
      await takes();
    },
  );

  test("holds nobody up for long: who gives way does so for a while only", () => {
    const waited = (ms: number): number => {
      looks.giveWayMs = ms;
      const startMs = performance.now();
      const precedence = asked(new Int32Array(OVERTAKEN_AT + 1));
      precedence.giveWay(Infinity);
      const tookMs = performance.now() - startMs;
      // Nobody has asked since.
      expect(precedence.isGivingWay()).toBe(false);
      return tookMs;
    };
    expect(waited(50)).toBeGreaterThanOrEqual(49);
    // Who does not give way at all takes less, if not each time, where the machine is busy.
    expect(Math.min(waited(0), waited(0), waited(0))).toBeLessThan(49);
  });

  test("has gone first once somebody has had the lock, though it is free again", () => {
    looks.giveWayMs = LIMIT_MS;
    const words = new Int32Array(OVERTAKEN_AT + 1);
    const precedence = asked(words);
    expect(precedence.isGivingWay()).toBe(true);
    words[TOKEN_AT]!++;
    expect(precedence.isGivingWay()).toBe(false);
  });

  test("does not hold up a thread with a time limit beyond that", () => {
    looks.giveWayMs = LIMIT_MS;
    const precedence = asked(new Int32Array(OVERTAKEN_AT + 1));
    const startMs = performance.now();
    precedence.giveWay(startMs + 5);
    expect(performance.now() - startMs).toBeLessThan(LIMIT_MS);
  });

  test.each([undefined, { timeoutMs: LIMIT_MS }, { timeoutMs: 5 }])(
    "that does not come leaves the lock to whoever held back for it, acquire(%j)",
    async (options) => {
      const path = scratchPath();
      const mutex = openMappedMutex(path);
      onTestFinished(() => mutex.close());
      const file = MappedFile.open(path, { kind: mutexKind, renew: renewMutex });
      onTestFinished(() => file.close());
      looks.giveWayMs = 20;
      // Once more where its helper was still on its way to sleep: then a release wakes nobody.
      let guard: SyncGuard;
      let other: Actor;
      do {
        guard = mutex.acquireSync();
        other = await startProcess(path);
        onTestFinished(other.kill);
        const blockedPath = scratchPath();
        other.tell("waitAndBlock", blockedPath);
        await until("it is blocked, and its helper watches", () => existsSync(blockedPath));
        file.words[OVERTAKEN_AT] = 1;
        guard.release();
      } while (file.words[OVERTAKEN_AT] !== 0);
      const next = await mutex.acquire(options);
      expect(next.token).toBe(guard.token + 1);
      next.release();
    },
  );

  test("asks for nothing that it was not overtaken by, for nothing before it was patient, and for nothing once it is done", () => {
    const words = new Int32Array(OVERTAKEN_AT + 1);
    const precedence = new Precedence(words, isFree);
    free = false;
    precedence.failed(performance.now() + LIMIT_MS, -1); // not long ago
    precedence.failed(-Infinity, words[TOKEN_AT]!); // one long hold
    free = true;
    precedence.failed(-Infinity, -1); // it may take it
    expect(words[OVERTAKEN_AT]).toBe(0);
    free = false;
    precedence.failed(-Infinity, -1);
    precedence.done();
    precedence.released(words[TOKEN_AT]!);
    expect(precedence.isGivingWay()).toBe(false);
  });
});
