import type { FencingToken } from "@ticketlock/core";

const TWO_32 = 4_294_967_296;

/**
 * A 53-bit counter in two words, changed by the lock's holder only, so plain accesses do: the lock's
 * own atomics order them. An atomic store here would cost half as much as the whole lock.
 *
 * **Crash behaviour**: the high word goes up before the low one wraps; a holder that dies in between
 * has skipped numbers, never repeated one.
 */
export function nextToken(words: Int32Array, at: number): FencingToken {
  const low = (words[at]! + 1) | 0;
  if (low === 0) words[at + 1] = words[at + 1]! + 1;
  words[at] = low;
  return words[at + 1]! * TWO_32 + (low >>> 0);
}

/** The last token issued. Exact for the holder; a snapshot for anyone else. */
export function lastToken(words: Int32Array, at: number): FencingToken {
  return words[at + 1]! * TWO_32 + (words[at]! >>> 0);
}

/** Whether `token` is the last one issued: by its low word, which is enough to tell a hold from those of the last 2^32. */
export function isLastToken(words: Int32Array, at: number, token: FencingToken): boolean {
  return words[at] === (token | 0);
}

/** Makes the next token greater than `floor`. Before the lock is shared. */
export function startTokensAbove(words: Int32Array, at: number, floor: FencingToken): void {
  words[at] = floor | 0;
  words[at + 1] = Math.floor(floor / TWO_32);
}
