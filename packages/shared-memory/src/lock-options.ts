import { checkInteger, type LockOptions, MAX_CONTENDERS } from "@ticketlock/core";

/** Checks the options of a memory lock and fills in its defaults. @throws {RangeError} */
export function checkLockOptions(options: LockOptions | undefined): {
  tokensAbove: number;
  maxContenders: number;
} {
  return {
    tokensAbove: checkInteger("tokensAbove", options?.tokensAbove ?? 0, 0, Number.MAX_SAFE_INTEGER),
    maxContenders: checkInteger(
      "maxContenders",
      options?.maxContenders ?? MAX_CONTENDERS,
      1,
      MAX_CONTENDERS,
    ),
  };
}
