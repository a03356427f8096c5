import type { FencingToken } from "@ticketlock/core";
import { exploration } from "./exploration.ts";
import type { TakeAndIssue } from "./direct-memory.ts";
import { type FastWord, isReal } from "./fast-word.ts";

const TWO_32 = 4_294_967_296;

/**
 * A 53-bit counter in two words, changed by the lock's holder only, so plain accesses do: the lock's
 * own atomics order them. An atomic store here would cost half as much as the whole lock.
 *
 * Gives the low word of the new token, by which a guard is known: that of 53 bits is put together
 * when somebody asks for it.
 *
 * **Crash behaviour**: the high word goes up before the low one wraps; a holder that dies in between
 * has skipped numbers, never repeated one.
 */
export function issueToken(words: Int32Array, at: number): number {
  const low = (words[at]! + 1) | 0;
  if (low === 0) words[at + 1] = words[at + 1]! + 1;
  words[at] = low;
  return low;
}

/**
 * Tokens where one who has lost the lock may still be about to issue one of its own: no number is
 * issued twice, and none after a higher one.
 */
export class TokensAmongOthers {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #lowWord: FastWord;
  readonly #takeAndIssue: TakeAndIssue | undefined;
  /** The last token was issued in the step that took the lock, and nobody has asked for it yet. */
  #isIssued = false;
  /** The token that was issued here last: two words, since a number of 53 bits would be made anew for each hold. */
  low = 0;
  high = 0;

  /**
   * @param lowWord - the low word of the two at `at`
   * @param takeAndIssue - where a lock's word that stands before the two can be taken in the same step
   */
  constructor(words: Int32Array, at: number, lowWord: FastWord, takeAndIssue?: TakeAndIssue) {
    this.#words = words;
    this.#at = at;
    this.#lowWord = lowWord;
    this.#takeAndIssue = takeAndIssue;
  }

  /**
   * Takes the lock whose word stands before the token, if that is 0, and issues a token in the same step:
   * `issue` then has nothing left to do. May always say no.
   */
  tryTake(me: number): boolean {
    if (this.#takeAndIssue === undefined || !isReal()) return false;
    return (
      this.#tryTake(this.#takeAndIssue, me, this.low) ||
      this.#tryTake(this.#takeAndIssue, me, this.#words[this.#at]!)
    );
  }

  #tryTake(takeAndIssue: TakeAndIssue, me: number, seen: number): boolean {
    // The high word has to go up first; or has done so just now, perhaps after it was read here.
    if (seen === -1 || seen === 0) return false;
    const high = this.#words[this.#at + 1]!;
    if (takeAndIssue((this.#at - 1) * 4, me, seen) === 0) return false;
    this.low = (seen + 1) | 0;
    this.high = high;
    this.#isIssued = true;
    return true;
  }

  /**
   * Issues the next token. What others write before they issue is seen by whoever issues afterwards.
   *
   * That of the last one here is tried first: it is right where nobody else has come since, and the
   * compare-and-set tells if not. The high word may go up as soon as the low one has changed, so it is
   * read before; but after a low word of 0, which comes behind it, so that is no guess.
   */
  issue(): void {
    if (this.#isIssued) return void (this.#isIssued = false);
    for (let seen = this.low === 0 ? Atomics.load(this.#words, this.#at) : this.low; ;) {
      exploration.loop("issueToken", seen);
      if (seen === -1) {
        // Before the low word wraps, and once for each who tries: numbers are skipped, never repeated.
        const high = Atomics.load(this.#words, this.#at + 1);
        Atomics.compareExchange(this.#words, this.#at + 1, high, high + 1);
      }
      const high = this.#words[this.#at + 1]!;
      const next = (seen + 1) | 0;
      const found = this.#lowWord.compareExchange(seen, next);
      if (found === seen) {
        this.low = next;
        this.high = high;
        return;
      }
      seen = found;
    }
  }
}

/** The token of these two words. */
export function tokenOf(low: number, high: number): FencingToken {
  return high * TWO_32 + (low >>> 0);
}

/** The last token issued. Exact for the holder; a snapshot for anyone else. */
export function lastToken(words: Int32Array, at: number): FencingToken {
  return tokenOf(words[at]!, words[at + 1]!);
}

/** Whether the token with this low word is the last one issued: enough to tell a hold from those of the last 2^32. */
export function isLastToken(words: Int32Array, at: number, low: number): boolean {
  return words[at] === low;
}

/** Makes the next token greater than `floor`. Before the lock is shared. */
export function startTokensAbove(words: Int32Array, at: number, floor: FencingToken): void {
  words[at] = floor | 0;
  words[at + 1] = Math.floor(floor / TWO_32);
}
