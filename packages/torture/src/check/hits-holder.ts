import type { Injected } from "../round/round-report.ts";
import { type Hold, type Holds, lastHold, lostHold } from "./holds.ts";

/** Whether something was done to one that held the lock: it died inside, or was stopped there all the while. */
export function hitsHolder(history: Holds, injected: Injected): boolean {
  const { victim, what, atNs, untilNs } = injected;
  if (victim === undefined) return false;
  if (what !== "stop")
    return lastHold(history, victim) !== undefined || lostHold(history, injected) !== undefined;
  if (untilNs === undefined) return false;
  const spans = ({ client, grantedNs, releasingNs }: Hold): boolean =>
    client === victim &&
    grantedNs < BigInt(atNs) &&
    (releasingNs === undefined || releasingNs > BigInt(untilNs));
  return history.holds.some(spans);
}

/**
 * Acquisitions that could have slept for ever: another held the lock when they were called. Whoever is forgotten is
 * helped by those who come later, and is missed only when all have come to rest: so at most one counts for each
 * contender and wave.
 */
export function contendedWaits({ holds }: Holds, places: number): number {
  const waits = holds.filter((hold, i) => {
    const before = holds[i - 1];
    if (before === undefined || before.client === hold.client) return false;
    return before.releasingNs === undefined || before.releasingNs > hold.calledNs;
  });
  return Math.min(waits.length, places);
}
