import { STEADY } from "../plan/cell.ts";
import { scenarios } from "../plan/scenarios.ts";

/**
 * True where a cell's time per operation is its lock's doing, and can be called slower or faster. It is not where
 * operations come at times of their own, a contender is ended, or the sections are drawn; nor where the scenario
 * is unknown.
 */
export function isPacedByLock({ scenario }: { readonly scenario: string }): boolean {
  if (scenario === STEADY) return true;
  const load = scenarios.find(({ name }) => name === scenario)?.load;
  return load !== undefined && load.arrivals.kind === "closed" && !load.dies && !load.drawn;
}
