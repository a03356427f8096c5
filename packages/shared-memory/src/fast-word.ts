import type { CompareExchange } from "./direct-memory.ts";

/** The global as this module found it: whoever puts a stand-in in its place wants to see every step. */
const atomics = Atomics;

/** True unless a stand-in is in its place. */
export function isReal(): boolean {
  return Atomics === atomics;
}

/** A word for the uncontended path of a lock, which is a compare-and-set on the way in and one on the way out. */
export class FastWord {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #direct: CompareExchange | undefined;
  readonly #offset: number;

  /**
   * @param direct - a compare-and-set that reaches the same word, as `offset`; Atomics unless told.
   */
  constructor(words: Int32Array, at: number, direct?: CompareExchange, offset: number = at * 4) {
    this.#words = words;
    this.#at = at;
    this.#direct = direct;
    this.#offset = offset;
  }

  /** As Atomics.compareExchange on the word, sequentially consistent. */
  compareExchange(expected: number, replacement: number): number {
    return this.#direct !== undefined && isReal()
      ? this.#direct(this.#offset, expected, replacement)
      : Atomics.compareExchange(this.#words, this.#at, expected, replacement);
  }
}
