import { checkInteger, type LockOptions, MAX_CONTENDERS } from "@ticketlock/core";

/** Openings of one structure at a time, unless told: as many contenders as a session can have, and their owner. */
export const DEFAULT_ROOM: number = MAX_CONTENDERS + 16;
/** Ten bits of an entry name its owner; the last number is the sweeper's. */
export const MAX_ROOM = 1_022;
/** Leaves a lock 2^52 acquisitions: two years without a pause. */
const MAX_FLOOR: number = 2 ** 52;

/** Checks the options of a memory lock and fills in its defaults. @throws {RangeError} */
export function checkLockOptions(options: LockOptions | undefined): {
  tokensAbove: number;
  maxContenders: number;
} {
  return {
    tokensAbove: checkInteger("tokensAbove", options?.tokensAbove ?? 0, 0, MAX_FLOOR),
    maxContenders: checkInteger(
      "maxContenders",
      options?.maxContenders ?? DEFAULT_ROOM,
      1,
      MAX_ROOM,
    ),
  };
}
