import type { CallSet } from "./call-set.ts";

/** A call of `String.fromCharCode` takes no more arguments than fit on the stack. */
const CODES_AT_ONCE = 4_096;

/**
 * The configurations that a search has visited: which calls were taken, and the state. Each is kept
 * as a text that is equal for equal configurations only, so no two are ever taken for one.
 */
export class ConfigurationKeys {
  readonly #sets: readonly CallSet[];
  readonly #seen = new Set<string>();
  readonly #codes: number[] = [];

  /** @param sets - the calls that have been taken */
  constructor(sets: readonly CallSet[]) {
    this.#sets = sets;
  }

  /** Notes what is taken now, with this state; false if it has been noted before. */
  isNew(state: number): boolean {
    const before = this.#seen.size;
    this.#seen.add(this.#key(state));
    return this.#seen.size > before;
  }

  #key(state: number): string {
    const codes = this.#codes;
    codes.length = 0;
    codes.push(state & 0xffff, (state / 2 ** 16) & 0xffff, (state / 2 ** 32) & 0xffff);
    for (const set of this.#sets) set.appendTo(codes);
    if (codes.length <= CODES_AT_ONCE) return String.fromCharCode(...codes);
    let key = "";
    for (let from = 0; from < codes.length; from += CODES_AT_ONCE)
      key += String.fromCharCode(...codes.slice(from, from + CODES_AT_ONCE));
    return key;
  }
}
