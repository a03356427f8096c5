import { INTERRUPTED, READER_GONE } from "@ticketlock/harness";
import type { Comparison } from "../compare/compare-reports.ts";

/**
 * Exit codes of the bench's commands; `compare` says by `slower`, `incomparable`, `unproven` and `wrong` how it went. `error` is
 * EX_SOFTWARE of sysexits.h, so that no fault of the bench itself passes for a verdict.
 */
export const EXIT = {
  ok: 0,
  /** What was measured did not pass: a lock was wrong, a block failed, a figure missed its limit, two runs disagree. */
  failed: 1,
  usage: 2,
  interrupted: INTERRUPTED as number,
  /** A measurement was called off since nobody read its output any more, as by `| head`; what was measured is written. */
  readerGone: READER_GONE as number,
  /** A command could not do its work, of whatever kind: a full disk, or a fault of its own. It says nothing of any lock. */
  error: 70,
  /** A gate is slower. */
  slower: 1,
  /** The reports are not of the same thing. */
  incomparable: 2,
  /** The second report's broken control was not caught: no lock was seen to be wrong, and none could have been. */
  unproven: 2,
  /** A lock or sale of the second report did what none may do, however fast; hanging and crashing included. */
  wrong: 3,
} as const;

/** The exit code that a comparison's verdict gives; what is inconclusive has passed. */
export function exitCodeOf({ verdict }: Pick<Comparison, "verdict">): number {
  return verdict === "passed" ? EXIT.ok : EXIT[verdict];
}
