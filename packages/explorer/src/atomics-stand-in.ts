import { CannotExplore } from "./cannot-explore.ts";
import type { Operation, OperationName, Result, Words } from "./operation.ts";
import type { WordTable } from "./word-table.ts";

/** Answers an operation, or throws where its result is not known yet. */
export type Ask = (operation: Operation) => Result;

/** Makes operations of calls. What it makes goes to `ask`. */
export class Calls {
  readonly #words: WordTable;
  readonly #ask: Ask;
  readonly #refused: (error: CannotExplore) => void;
  /** Atomics.pause, which is no step of its own. */
  readonly pause: () => void;

  /** @param refused - learns of what is about to be thrown, which the code may catch and pass over */
  constructor(
    words: WordTable,
    ask: Ask,
    refused: (error: CannotExplore) => void = () => {},
    pause: () => void = () => {},
  ) {
    this.#words = words;
    this.#ask = ask;
    this.#refused = refused;
    this.pause = pause;
  }

  change(name: OperationName, array: Words, index: number, value: number, expected = 0): number {
    const operand = integer(value);
    return this.#call(name, array, index, operand, integer(expected), false) as number;
  }

  wait(array: Words, index: number, expected: number, timeoutMs?: number): "ok" {
    // As Atomics.wait: what is no number is no limit, and less than nothing is nothing.
    const limit = timeoutMs === undefined ? Infinity : Number(timeoutMs);
    const name = limit <= 0 ? "poll" : "wait";
    return this.#call(name, array, index, integer(expected), 0, limit < Infinity) as "ok";
  }

  notify(array: Words, index: number, count: number = Infinity): number {
    const most = Math.max(0, integer(count));
    return this.#call("notify", array, index, most, 0, false) as number;
  }

  #call(
    name: OperationName,
    array: Words,
    index: number,
    value: number,
    expected: number,
    timed: boolean,
  ): Result {
    try {
      return this.#ask({ name, ...this.#words.find(array, index), value, expected, timed });
    } catch (error) {
      if (error instanceof CannotExplore) this.#refused(error);
      throw error;
    }
  }

  refuse(why: string): never {
    const error = new CannotExplore(why);
    this.#refused(error);
    throw error;
  }
}

/**
 * What is no array of numbers at all, and words of 64 bits, are refused where the word is looked for.
 * @throws {TypeError} as Atomics does, if nobody can sleep on words of this type
 */
function checkWaitable(name: "wait" | "notify", array: Words): void {
  const kind: unknown = (array as Words | undefined)?.[Symbol.toStringTag];
  if (typeof kind !== "string" || kind === "Int32Array" || kind === "BigInt64Array") return;
  throw new TypeError(`Atomics.${name} on a ${kind}, not on an Int32Array`);
}

function maySleepOn(array: Words): boolean {
  return !(array instanceof Int32Array) || array.buffer[Symbol.toStringTag] === "SharedArrayBuffer";
}

/** As Atomics makes an integer of an argument. */
function integer(value: number): number {
  return Math.trunc(Number(value)) || 0;
}

/** A global Atomics whose every operation is one of `calls`. */
export function standInFor(real: typeof Atomics, calls: Calls): typeof Atomics {
  const standIn: Partial<Record<keyof typeof Atomics | "pause", unknown>> = {
    load: (array: Words, index: number) => calls.change("load", array, index, 0),
    compareExchange: (array: Words, index: number, expected: number, value: number) =>
      calls.change("compareExchange", array, index, value, expected),
    wait(array: Words, index: number, expected: number, timeoutMs?: number) {
      checkWaitable("wait", array);
      if (!maySleepOn(array)) throw new TypeError("Atomics.wait on an array that is not shared");
      return calls.wait(array, index, expected, timeoutMs);
    },
    notify(array: Words, index: number, count?: number) {
      checkWaitable("notify", array);
      // Nobody can sleep there, so nobody wakes.
      return calls.notify(array, index, maySleepOn(array) ? count : 0);
    },
    waitAsync: () =>
      calls.refuse(
        "Atomics.waitAsync is not explored. Let the model sleep where the code awaits: with Atomics.wait on the same word.",
      ),
    pause: () => calls.pause(),
  };
  for (const name of ["store", "exchange", "add", "sub", "and", "or", "xor"] as const)
    standIn[name] = (array: Words, index: number, value: number) =>
      calls.change(name, array, index, value);
  return Object.assign(Object.create(real) as typeof Atomics, standIn);
}

/** Runs `section` with another global Atomics. */
export function withAtomics<T>(calls: Calls, section: () => T): T {
  const { Atomics: real } = globalThis;
  globalThis.Atomics = standInFor(real, calls);
  try {
    return section();
  } finally {
    globalThis.Atomics = real;
  }
}
