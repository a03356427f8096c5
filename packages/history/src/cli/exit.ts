import type { Verdict } from "../check/verdict.ts";

/**
 * Exit codes of the commands. `error` is EX_SOFTWARE of sysexits.h, so that no fault of the checker itself passes for a
 * verdict.
 */
export const EXIT = {
  ok: 0,
  violation: 1,
  /** The arguments or the history cannot be read, or the timeline cannot be written. */
  usage: 2,
  /** The search reached its limit: nothing is proved, so it counts as a failure, of its own kind. */
  unknown: 3,
  /** The command could not do its work: a full disk, or a fault of its own. */
  error: 70,
} as const;

export function exitCodeOf(verdict: Verdict): number {
  return EXIT[verdict];
}
