import type { FencingToken } from "@ticketlock/core";
import { exploration } from "./exploration.ts";
import type { FastWord } from "./fast-word.ts";

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
 * As issueToken, where one who has lost the lock may still be about to issue a token of its own: no
 * number is issued twice, and none after a higher one. `low` is the low word. What others write
 * before they issue is seen by whoever issues afterwards.
 *
 * Gives the whole token: the high word may go up as soon as the low one has changed, so it is read before.
 *
 * @param guess - what the low word may be: the compare-and-set tells if not, so nothing reads it before.
 * That of the caller's last token is right where nobody else has come since.
 */
export function issueTokenAmongOthers(
  words: Int32Array,
  at: number,
  low: FastWord,
  guess: number,
): FencingToken {
  for (let seen = guess; ;) {
    exploration.loop("issueToken", seen);
    if (seen === -1) {
      // Before the low word wraps, and once for each who tries: numbers are skipped, never repeated.
      const high = Atomics.load(words, at + 1);
      Atomics.compareExchange(words, at + 1, high, high + 1);
    }
    const high = words[at + 1]!;
    const next = (seen + 1) | 0;
    const found = low.compareExchange(seen, next);
    if (found === seen) return tokenOf(next, high);
    seen = found;
  }
}

/** The token of these two words. */
export function tokenOf(low: number, high: number): FencingToken {
  return high * TWO_32 + (low >>> 0);
}

/** The high word of a token; the low one is `token | 0`. */
export function highWordOf(token: FencingToken): number {
  return Math.floor(token / TWO_32);
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
  words[at + 1] = highWordOf(floor);
}
