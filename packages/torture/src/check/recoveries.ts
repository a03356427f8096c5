import type { PromiseId } from "../plan/promises.ts";
import type { Injected } from "../round/round-report.ts";
import { triedBy } from "./counts.ts";
import { type Hold, type Holds, lastHold, nextHold } from "./holds.ts";

/** A lock that is free is had in less. */
const AT_ONCE_MS = 1;

/** How long it took from a fault to the next grant. */
export interface Recovery {
  readonly promise: PromiseId;
  readonly what: Injected["what"];
  readonly ms: number;
}

/**
 * Recoveries of a round: only where the one who was struck held the lock, and another came to it.
 *
 * @param main - the promise that the round's deaths try
 */
export function recoveriesOf(
  history: Holds,
  injected: readonly Injected[],
  main: PromiseId,
): Recovery[] {
  return injected.flatMap((one) => {
    const ms = recoveryMs(history, one);
    return ms === undefined ? [] : [{ promise: triedBy(one.what, main), what: one.what, ms }];
  });
}

function recoveryMs(history: Holds, injected: Injected): number | undefined {
  // How long a heap takes to fill is no part of it.
  if (injected.how === "memory") return undefined;
  if (injected.what === "stop") return afterStop(history, injected);
  if (injected.what === "owner-stop") return afterOwnerStop(history, injected);
  return afterDeath(history, injected);
}

/**
 * From a holder's death, or the reset of a lock that was lost with it, to the next grant; of one that came later,
 * from when it came, if it did not find the lock free.
 */
export function afterDeath(history: Holds, { victim, resetNs }: Injected): number | undefined {
  const hold = victim === undefined ? undefined : lastHold(history, victim);
  const next = hold === undefined ? undefined : nextHold(history, hold);
  if (hold === undefined || next === undefined) return undefined;
  const diedNs = history.deaths.get(victim!)!;
  const freedNs = resetNs === undefined ? diedNs : BigInt(resetNs);
  const fromNs = freedNs > hold.grantedNs ? freedNs : hold.grantedNs;
  if (next.calledNs <= fromNs) return milliseconds(next.grantedNs - fromNs);
  // Who found it free tells nothing of how long that took.
  const waitedMs = milliseconds(next.grantedNs - next.calledNs);
  return waitedMs > AT_ONCE_MS ? waitedMs : undefined;
}

/** From the moment when a stopped holder goes on to the next grant. */
function afterStop(history: Holds, { victim, atNs, untilNs }: Injected): number | undefined {
  if (untilNs === undefined) return undefined;
  const held = history.holds.find((hold) => hold.client === victim && spans(hold, BigInt(atNs), BigInt(untilNs))); // prettier-ignore
  const next = held === undefined ? undefined : nextHold(history, held);
  if (next === undefined || next.calledNs > BigInt(untilNs)) return undefined;
  return milliseconds(next.grantedNs - BigInt(untilNs));
}

function spans(hold: Hold, fromNs: bigint, untilNs: bigint): boolean {
  const { grantedNs, releasingNs } = hold;
  return grantedNs < fromNs && (releasingNs === undefined || releasingNs > untilNs);
}

function afterOwnerStop({ holds }: Holds, { untilNs }: Injected): number | undefined {
  if (untilNs === undefined) return undefined;
  const until = BigInt(untilNs);
  const next = holds.find(({ grantedNs, calledNs }) => grantedNs > until && calledNs < until);
  return next === undefined ? undefined : milliseconds(next.grantedNs - until);
}

function milliseconds(ns: bigint): number {
  return Math.max(0, Number(ns) / 1e6);
}
