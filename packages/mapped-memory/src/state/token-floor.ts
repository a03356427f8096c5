import { TicketlockError } from "@ticketlock/core";
import { readPrivateFile, replacePrivateFile, untrusted } from "./private-files.ts";

/** Tokens that are reserved at a time: a write to the file for so many acquisitions, and at most so many left unused by a crash. */
const TOKENS_PER_BLOCK: number = 2 ** 20;
/** Half of what a number holds: where a floor lies higher, something has gone wrong. */
const MAX_FLOOR: number = 2 ** 52;
const MAX_FILE_BYTES = 32;

/** Tokens that nobody has been given, and that nobody else will be given: those above `above`, up to `upTo`. */
export interface TokenBlock {
  readonly above: number;
  readonly upTo: number;
}

/**
 * Reserves the next block of tokens. The file says below which mark tokens may have been issued;
 * it is raised, in one step and written through, before one of the block is. So tokens keep rising
 * whatever dies, at the price of leaving some out.
 *
 * One process at a time may call this for a path.
 *
 * @param path - the file; made if it is missing
 * @param atLeast - the block starts at this token or above it
 * @throws {TicketlockError} `LOCK_CORRUPT`, `LOCK_UNAVAILABLE`, `LOCK_LIMIT`.
 */
export function reserveTokens(path: string, atLeast = 0): TokenBlock {
  const above = Math.max(readFloor(path), atLeast);
  const upTo = above + TOKENS_PER_BLOCK;
  if (upTo > MAX_FLOOR) {
    throw new TicketlockError(
      "LOCK_LIMIT",
      `Cannot issue tokens above ${above}: they would soon be too large for a number. Use another name.`,
    );
  }
  replacePrivateFile(path, `${upTo}\n`);
  return { above, upTo };
}

/** Below or at this mark tokens may have been issued; 0 if none have. */
export function readFloor(path: string): number {
  const text = readPrivateFile(path, MAX_FILE_BYTES);
  if (text === undefined) return 0;
  const floor = /^\d{1,16}\n$/.test(text) ? Number(text) : NaN;
  if (floor <= MAX_FLOOR) return floor;
  throw untrusted(path, "it holds no count of tokens");
}
