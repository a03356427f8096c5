import { type Adapter, openSession } from "@ticketlock/core";
import { median } from "../statistics/interval.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";
import { HELD_TOPIC } from "../workloads/hold-or-wait.ts";

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
      const { granted, firstMs } = await killHolder(adapter!);
      if (granted < WAITERS)
        faults.push(`trial ${trial}: ${granted} of ${WAITERS} waiters granted`);
      if (firstMs !== undefined) recoveries.push(firstMs);
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
      detail: `${TRIALS} holders terminated, median ${recoveries.length > 0 ? median(recoveries).toFixed(2) : "-"} ms, ${WAITERS} waiters each (one blocked, one awaiting)`,
      faults: faults.slice(0, 3),
    };
  },
};

async function killHolder(
  adapter: Adapter,
): Promise<{ granted: number; firstMs: number | undefined }> {
  const { launcher } = adapter;
  const session = await openSession({
    adapters: [adapter],
    contenders: WAITERS + 1,
    lock: { kind: "futex" },
  });
  try {
    let holds = (): void => {};
    const held = new Promise<void>((resolve) => (holds = resolve));
    const running = session.run<null, string>(WORKLOAD, null, {
      onSend: (topic) => {
        if (topic === HELD_TOPIC) holds();
      },
      signal: AbortSignal.timeout(GIVE_UP_MS),
    });
    await held;
    while ((await session.locks[0]!.query()).waiters < WAITERS)
      await new Promise((resolve) => setTimeout(resolve, 0));
    const killedNs = launcher!.nowNs();
    await session.crash(0);
    const outcomes = (await running).slice(1);
    const times = outcomes.flatMap((outcome) =>
      outcome.status === "done" ? [Number(BigInt(outcome.value) - killedNs) / 1e6] : [],
    );
    return { granted: times.length, firstMs: times.length > 0 ? Math.min(...times) : undefined };
  } finally {
    await session.close();
  }
}
