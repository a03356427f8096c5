import { targetOf } from "../tally/targets.ts";
import { EXIT } from "./exit.ts";
import type { Request } from "./options.ts";
import type { Result } from "./report.ts";

/** The exit code of a run that came to its end, or was stopped. Recoveries count on a quiet machine only: others slow them down. */
export function exitCodeOf(
  { isQuiet }: Pick<Request, "isQuiet">,
  { tally, goals }: Pick<Result, "tally" | "goals">,
  aborted: boolean,
): number {
  const isSlow = tally.rows.some((row) => targetOf(row)?.verdict === "not met");
  if (tally.violations.length > 0 || (isQuiet && isSlow)) return EXIT.violation;
  if (aborted) return EXIT.interrupted;
  return goals?.some(({ done, target }) => done < target) === true ? EXIT.open : EXIT.ok;
}
