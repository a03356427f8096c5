import { exploration } from "@ticketlock/shared-memory/building-blocks";
import type { RobustWord } from "./robust-word.ts";

/**
 * What stands between a thread that waits without blocking (the client) and the helper that sleeps
 * in its place.
 *
 * | state   | set by | meaning |
 * |---------|--------|---------|
 * | FREE    | helper | the helper has forgotten the lock word: it may be unmapped |
 * | WATCHED | client | the helper sleeps on the lock word, and tells when the lock is free |
 * | TOLD    | helper | the client has to try, or to pass the wake-up on |
 * | LEAVING | client | nobody waits any more; the helper passes on what it may have been given |
 * | DONE    | client | nobody waits any more, and the client has dealt with the wake-up |
 *
 * The helper never takes the lock: the word must carry the id of the thread that runs the section,
 * or that thread's death would not free it.
 */
export const FREE = 0;
export const WATCHED = 1;
export const TOLD = 2;
export const LEAVING = 3;
export const DONE = 4;

/** The steps of both on one word of state. */
export class WatchSlot {
  readonly #words: Int32Array;
  readonly #at: number;

  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  load(): number {
    return Atomics.load(this.#words, this.#at);
  }

  /** Client: wants to be told. The helper must be woken after it. */
  watch(): void {
    Atomics.store(this.#words, this.#at, WATCHED);
  }

  /** Client: has the lock, or nobody waits any more; a wake-up that it was told of goes to the next. */
  leave(word: RobustWord, taken: boolean): void {
    for (;;) {
      exploration.loop("leaveSlot", taken);
      const seen = Atomics.load(this.#words, this.#at);
      if (seen !== WATCHED && seen !== TOLD) return;
      // First this: until the state changes, the helper's death would pass it on as well.
      if (seen === TOLD && !taken) word.passOn();
      const next = seen === TOLD ? DONE : LEAVING;
      if (Atomics.compareExchange(this.#words, this.#at, seen, next) === seen) return;
    }
  }

  /** Helper: says that the lock is free. False if nobody wants to know any more. */
  tell(): boolean {
    return Atomics.compareExchange(this.#words, this.#at, WATCHED, TOLD) === WATCHED;
  }

  /** Helper: lets go of the lock word if nobody waits any more. True if it did. */
  settle(word: RobustWord): boolean {
    const seen = Atomics.load(this.#words, this.#at);
    if (seen !== LEAVING && seen !== DONE) return false;
    if (seen === LEAVING) word.passOn();
    // Fails where the client waits again already.
    return Atomics.compareExchange(this.#words, this.#at, seen, FREE) === seen;
  }
}
