import { type Adapter, openSession } from "@ticketlock/core";
import { median } from "../statistics/interval.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";
import { type Granted, HELD_TOPIC } from "../workloads/hold-or-wait.ts";

const WORKLOAD = new URL("../workloads/hold-or-wait.ts", import.meta.url);
const TRIALS = 500;
const WAITERS = 2;
/** A waiter that has not been granted by then never will be. */
const GIVE_UP_MS = 10_000;

/** From the holder's end to the next waiter's grant. */
export const recovery: Figure = {
  name: "recovery",
  claim: "A terminated holder: next waiter inside 20 ms (p99 of 500), every waiter granted",
  limit: { kind: "at-most", value: 20 },
  needs: { lock: "futex" },
  onlyWhenNamed: false,
  async measure({ adapter, signal }: FigureContext): Promise<Measurement> {
    const recoveries: number[] = [];
    const faults: string[] = [];
    for (let trial = 0; trial < TRIALS; trial++) {
      signal.throwIfAborted();
      const { killedNs, grants } = await killHolder(adapter!, signal);
      faults.push(...grantFaults(killedNs, grants).map((fault) => `trial ${trial}: ${fault}`));
      const [first] = grants;
      if (first !== undefined) recoveries.push(Number(BigInt(first.grantedNs) - killedNs) / 1e6);
    }
    recoveries.sort((a, b) => a - b);
    const p99 = recoveries[Math.ceil(recoveries.length * 0.99) - 1] ?? Infinity;
    return {
      value: p99,
      unit: "ms (p99)",
      control: null,
      ratio: null,
      compared: p99,
      range: [recoveries[0] ?? Infinity, recoveries.at(-1) ?? Infinity],
      detail: `${TRIALS} holders terminated, median ${recoveries.length > 0 ? median(recoveries).toFixed(2) : "-"} ms, ${WAITERS} waiters each (one blocked, one awaiting), the first told that the lock was abandoned, granted one after the other in all but ${faults.length} trials`,
      faults: faults.slice(0, 3),
    };
  },
};

/** A holder's end, and the waiters' grants in the order of their tokens. */
interface Killed {
  readonly killedNs: bigint;
  readonly grants: readonly Granted[];
}

async function killHolder(adapter: Adapter, signal: AbortSignal): Promise<Killed> {
  const { launcher } = adapter;
  const session = await openSession({
    adapters: [adapter],
    contenders: WAITERS + 1,
    lock: { kind: "futex" },
  });
  try {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(GIVE_UP_MS)]);
    const { promise: held, resolve: holds } = Promise.withResolvers<void>();
    const running = session.run<null, Granted>(WORKLOAD, null, {
      onSend: (topic) => {
        if (topic === HELD_TOPIC) holds();
      },
      signal: inTime,
    });
    const ended = running.then(() => {
      throw new Error("Cannot watch a recovery: the contenders ended before one held the lock.");
    });
    await Promise.race([held, ended]);
    ended.catch(() => {}); // from here on their end is what is waited for
    while ((await session.locks[0]!.query()).waiters < WAITERS) {
      inTime.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const killedNs = launcher!.nowNs();
    await session.crash(0);
    const outcomes = (await running).slice(1);
    signal.throwIfAborted();
    const grants = outcomes
      .flatMap((outcome) => (outcome.status === "done" ? [outcome.value] : []))
      .sort((a, b) => a.token - b.token);
    return { killedNs, grants };
  } finally {
    await session.close();
  }
}

/** What is wrong with the grants after a holder's end, in the order of their tokens. */
export function grantFaults(killedNs: bigint, grants: readonly Granted[]): string[] {
  const faults: string[] = [];
  if (grants.length < WAITERS) faults.push(`${grants.length} of ${WAITERS} waiters granted`);
  if (grants.some(({ grantedNs }) => BigInt(grantedNs) < killedNs))
    faults.push("a waiter was granted before the holder's end");
  if (grants[0]?.abandoned === false)
    faults.push("the first waiter was not told that the lock was abandoned");
  grants.slice(1).forEach((one, i) => {
    const before = grants[i]!;
    if (BigInt(one.grantedNs) < BigInt(before.releasingNs) || one.token === before.token)
      faults.push("a waiter was granted before the one before it gave the lock back");
  });
  return faults;
}
