import type { Comparison } from "../compare/compare-reports.ts";

/** Exit codes of the bench's commands; `compare` says by the last three how it went. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  interrupted: 130,
  /** A gate is slower. */
  slower: 1,
  /** The reports are not of the same thing. */
  incomparable: 2,
  /** A lock or sale of the second report did what none may do, however fast. */
  wrong: 3,
} as const;

/** The exit code that a comparison's verdict gives; what is inconclusive has passed. */
export function exitCodeOf({ verdict }: Pick<Comparison, "verdict">): number {
  return verdict === "passed" ? EXIT.ok : EXIT[verdict];
}
