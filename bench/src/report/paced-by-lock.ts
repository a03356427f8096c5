import { STEADY } from "../plan/cell.ts";
import { scenarios } from "../plan/scenarios.ts";
import type { ReportCell } from "./report.ts";

/**
 * True if a cell's time per operation is its lock's doing, so that the speed of locks may be compared by it. Not
 * where operations come at times of their own, a contender is ended, or a picture is taken; nor in a scenario
 * that this version does not know.
 */
export function isPacedByLock({ scenario }: Pick<ReportCell, "scenario">): boolean {
  if (scenario === STEADY) return true;
  const load = scenarios.find(({ name }) => name === scenario)?.load;
  return load !== undefined && load.arrivals.kind === "closed" && !load.dies && !load.drawn;
}
