import type { Steps } from "@ticketlock/explorer";
import { FastWord } from "../src/fast-word.ts";
import { TokensAmongOthers } from "../src/fencing-tokens.ts";

/** The member that is ended, and may run on to the end of its program. */
export const ZOMBIE = 1;

/** A fenced store in one word: the highest token that it has seen, the count that it keeps, and how often it was written. */
const FENCE_SHIFT = 16;
const COUNT_SHIFT = 8;
const BYTE = 0xff;

/** Where the words of a model lie that are no part of the lock. */
export interface ZombieLayout {
  readonly tokenAt: number;
  readonly endedAt: number;
  readonly storeAt: number;
}

/** What surrounds a lock in a model with a zombie: marks of ends, tokens, and a store that is fenced. */
export class ZombieModel {
  readonly #words: Int32Array;
  readonly #layout: ZombieLayout;
  readonly #token: FastWord;

  constructor(words: Int32Array, layout: ZombieLayout) {
    this.#words = words;
    this.#layout = layout;
    this.#token = new FastWord(words, layout.tokenAt);
  }

  readonly isEnded = (member: number): boolean =>
    member === ZOMBIE && Atomics.load(this.#words, this.#layout.endedAt) !== 0;

  markEnded(): void {
    Atomics.store(this.#words, this.#layout.endedAt, 1);
  }

  issueToken(): number {
    // A guess that holds for whoever comes first, and for nobody after.
    const tokens = new TokensAmongOthers(this.#words, this.#layout.tokenAt, this.#token);
    tokens.issue();
    return tokens.low;
  }

  lastToken(): number {
    return Atomics.load(this.#words, this.#layout.tokenAt);
  }

  /** Reads the count, and shuts out lower tokens; -1 if the token is stale. */
  read(steps: Steps, token: number): number {
    for (;;) {
      steps.mark("read", token);
      const seen = Atomics.load(this.#words, this.#layout.storeAt);
      if (token < seen >>> FENCE_SHIFT) return -1;
      const next = (seen & 0xffff) | (token << FENCE_SHIFT);
      if (Atomics.compareExchange(this.#words, this.#layout.storeAt, seen, next) === seen)
        return (seen >>> COUNT_SHIFT) & BYTE;
    }
  }

  /** Writes the next count, whatever it is now; false if the token is stale. */
  write(steps: Steps, token: number, count: number): boolean {
    for (;;) {
      steps.mark("write", token, count);
      const seen = Atomics.load(this.#words, this.#layout.storeAt);
      if (token < seen >>> FENCE_SHIFT) return false;
      const next = (token << FENCE_SHIFT) | ((count + 1) << COUNT_SHIFT) | ((seen & BYTE) + 1);
      if (Atomics.compareExchange(this.#words, this.#layout.storeAt, seen, next) === seen)
        return true;
    }
  }

  /** A holder's commit. Nobody but the zombie may be refused. */
  commit(steps: Steps, me: number, token: number): void {
    const count = this.read(steps, token);
    const done = count >= 0 && this.write(steps, token, count);
    if (!done && me !== ZOMBIE) throw new Error("a living holder's commit is refused");
  }

  /** What is wrong with the store when all is over. */
  lostCommit(): string | undefined {
    const store = Atomics.load(this.#words, this.#layout.storeAt);
    return ((store >>> COUNT_SHIFT) & BYTE) === (store & BYTE) ? undefined : "a commit is lost";
  }
}
