import { afterEach, describe, expect, test, vi } from "vitest";
import { createDirectMemory, openDirectMemory } from "../src/direct-memory.ts";
import { FastWord } from "../src/fast-word.ts";
import { FutexMutex } from "../src/futex-mutex.ts";
import { fakePlatform, MODULE } from "./fake-platform.ts";

const atomics = Atomics;
afterEach(() => {
  globalThis.Atomics = atomics;
  vi.unstubAllGlobals();
});

/** What the engine gives for numbers that fit a word, and for some at its edges. */
const values = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 0x1234_5678];

describe("the compare-and-set of direct memory", () => {
  test.for([true, false])("does what that of Atomics does, shared: %s", (shared) => {
    const direct = createDirectMemory(100, shared)!;
    const words = new Int32Array(direct.memory.buffer);
    for (const held of values)
      for (const expected of values)
        for (const replacement of values) {
          words[0] = words[7] = held;
          const seen = direct.compareExchange(28, expected, replacement);
          expect(seen).toBe(Atomics.compareExchange(words, 0, expected, replacement));
          expect(words[7]).toBe(words[0]);
        }
  });

  test("is to be had for memory that came from elsewhere, and for nothing else", () => {
    const { memory } = createDirectMemory(100, true)!;
    const opened = openDirectMemory(memory)!;
    opened.compareExchange(4, 0, 5);
    expect(new Int32Array(memory.buffer)[1]).toBe(5);
    for (const other of [memory.buffer, undefined, null, {}, { buffer: memory.buffer }])
      expect(openDirectMemory(other)).toBeUndefined();
  });

  test("is missing where the engine has none, and where its memory would be too large", async () => {
    expect(createDirectMemory(2 ** 40, true)).toBeUndefined();
    vi.stubGlobal("WebAssembly", undefined);
    vi.resetModules();
    const without = await import("../src/direct-memory.ts");
    expect(without.createDirectMemory(4, true)).toBeUndefined();
    const futex = await import("../src/futex-mutex.ts");
    const mutex = new futex.FutexMutex(futex.FutexMutex.create(MODULE, {}, true), fakePlatform(1));
    mutex.acquireSync().release();
    expect(mutex.query()).toMatchObject({ held: false, token: 1 });
    mutex.close();
  });
});

describe("taking a lock and issuing its token in one step", () => {
  test("happens if the word is 0 and the token as expected, and changes nothing otherwise", () => {
    const direct = createDirectMemory(100, true)!;
    const words = new Int32Array(direct.memory.buffer);
    const me = 77;
    for (const held of values)
      for (const token of values)
        for (const expected of values) {
          words.fill(0);
          words[2] = held;
          words[3] = token;
          const takes = held === 0 && token === expected;
          expect(direct.takeAndIssue(8, me, expected)).toBe(takes ? 1 : 0);
          const next = takes ? [me, (token + 1) | 0] : [held, token];
          expect([...words.subarray(0, 6)]).toEqual([0, 0, ...next, 0, 0]);
        }
  });

  test.for([2 ** 31 - 4, 2 ** 32 - 4])(
    "gives tokens that rise by one through whichever opening, from %i too",
    (first) => {
      const handle = FutexMutex.create(MODULE, { tokensAbove: first }, true);
      const openings = [1, 2].map(
        (threadId) => new FutexMutex(handle, fakePlatform(threadId, { exitIsDeath: false })),
      );
      for (let taken = 1; taken <= 12; taken++) {
        // By turns, twice each: what an opening has issued last is right every other time.
        const guard = openings[Math.floor(taken / 2) % 2]!.acquireSync();
        expect(guard.token).toBe(first + taken);
        expect(openings[taken % 2]!.tryAcquireSync()).toBeUndefined();
        guard.release();
      }
      for (const opening of openings) opening.close();
    },
  );
});

describe("FastWord", () => {
  test("finds the same word by index and by offset", () => {
    const direct = createDirectMemory(100, true)!;
    const words = new Int32Array(direct.memory.buffer);
    const plain = new FastWord(words, 3);
    const fast = new FastWord(words, 3, direct.compareExchange);
    expect(fast.compareExchange(0, 7)).toBe(0);
    expect(plain.compareExchange(7, 8)).toBe(7);
    expect(fast.compareExchange(7, 9)).toBe(8);
    expect(words[3]).toBe(8);
  });

  test("shows every step to whoever stands in for Atomics", () => {
    const direct = createDirectMemory(100, true)!;
    const words = new Int32Array(direct.memory.buffer);
    const fast = new FastWord(words, 3, direct.compareExchange);
    const seen: unknown[][] = [];
    globalThis.Atomics = Object.create(atomics, {
      compareExchange: { value: (...args: unknown[]) => seen.push(args) },
    }) as typeof Atomics;
    fast.compareExchange(0, 7);
    expect(seen).toEqual([[words, 3, 0, 7]]);
    expect(words[3]).toBe(0);
  });
});
