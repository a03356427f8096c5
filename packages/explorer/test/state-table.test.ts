import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StateCodec } from "../src/state-codec.ts";
import { memoryAt, type State, threadAt } from "../src/state.ts";
import { StateTable } from "../src/state-table.ts";

const THREADS = 2;
const initial = [5, 0, -1];

/** Words of a thread: place, life, inside, bypassed, asleep on, rank. */
const thread = fc
  .tuple(fc.nat(2 ** 30), fc.nat(3), fc.nat(1), fc.nat(300), fc.nat(300), fc.nat(3))
  .map(([place, life, inside, bypassed, asleepOn, rank]) => [
    ...[place, life, inside, bypassed, asleepOn],
    asleepOn === 0 ? 0 : rank,
  ]);

const state: fc.Arbitrary<State> = fc
  .tuple(
    fc.tuple(fc.nat(3), fc.integer({ min: 0, max: 2 ** 52 }), fc.nat(THREADS)),
    fc.array(thread, { minLength: THREADS, maxLength: THREADS }),
    fc.array(fc.oneof(fc.constantFrom(...initial), fc.integer()), { maxLength: initial.length }),
  )
  .map(([head, threads, memory]) => [...head, ...threads.flat(), ...memory]);

/** As it is when the words at its end hold what they held at the start. */
function trimmed(state: State): State {
  let length = state.length;
  const start = memoryAt(THREADS);
  while (length > start && state[length - 1] === initial[length - 1 - start]) length--;
  return state.slice(0, length);
}

describe("StateCodec", () => {
  test("gives back what it was given, but for words that are as they began", () => {
    const codec = new StateCodec(THREADS, initial);
    fc.assert(
      fc.property(state, (state) => {
        codec.encode(state);
        expect(codec.decode(codec.bytes, 0, codec.length)).toEqual(trimmed(state));
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  test("takes a few bytes for a thread that has ended", () => {
    const codec = new StateCodec(THREADS, initial);
    const state = Array<number>(memoryAt(THREADS)).fill(0);
    codec.encode(state);
    expect(codec.length).toBe(2 + 2 * THREADS);
    state[threadAt(1)] = 1_000;
    codec.encode(state);
    expect(codec.length).toBe(3 + 2 * THREADS);
  });
});

describe("StateTable", () => {
  const key = (number: number): Uint8Array => new TextEncoder().encode(`state ${number % 7_919}`);

  test("numbers different states in the order in which they come, and knows them again", () => {
    const table = new StateTable();
    for (let i = 0; i < 20_000; i++) {
      const bytes = key(i);
      expect(table.add(bytes, bytes.length, i)).toBe(i % 7_919);
    }
    expect(table.size).toBe(7_919);
    for (let i = 0; i < 7_919; i++) {
      const bytes = key(i);
      expect(table.find(bytes, bytes.length)).toBe(i);
      expect(table.parentOf(i)).toBe(i);
      expect(table.read(i, (all, from, to) => [...all.subarray(from, to)])).toEqual([...bytes]);
    }
    expect(table.find(new Uint8Array([1]), 1)).toBe(-1);
  });

  test("takes no state for another that begins alike", () => {
    const table = new StateTable();
    const bytes = new Uint8Array([1, 2, 3]);
    expect([1, 2, 3, 2].map((length) => table.add(bytes, length, 0))).toEqual([0, 1, 2, 1]);
  });
});
