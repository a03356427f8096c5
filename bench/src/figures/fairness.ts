import { openSession } from "@ticketlock/core";
import { valuesOf } from "../run/measured-window.ts";
import { fairnessOf } from "../statistics/fairness.ts";
import { ARRIVE_TOPIC, ARRIVED_TOPIC, type QueuedUp } from "../workloads/queue-up.ts";
import { CounterSession } from "./counter-session.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";

const WORKLOAD = new URL("../workloads/queue-up.ts", import.meta.url);
const CONTENDERS = 8;
const WINDOWS = 9;
const WINDOW_MS = 200;
const ROUNDS = 250;

/** Equal shares while everybody competes, and nobody overtaken in a queue whose order is known. */
export const fairness: Figure = {
  name: "fifo-fairness",
  claim: "FifoMutex with 8 workers: Jain index over acquisitions at least 0.99, no overtaking",
  limit: { kind: "at-least", value: 0.99 },
  needs: { lock: "fifo" },
  onlyWhenNamed: false,
  async measure({ adapter }: FigureContext): Promise<Measurement> {
    const session = await CounterSession.open(adapter!, "fifo", CONTENDERS);
    const indexes: number[] = [];
    let lost = 0;
    let repeated = 0;
    let edgeMs = 0;
    try {
      for (let i = 0; i < WINDOWS; i++) {
        const window = await session.window(WINDOW_MS);
        indexes.push(fairnessOf(window.rates).jain);
        lost += window.lostUpdates;
        repeated += window.repeated;
        edgeMs = Math.max(edgeMs, window.edgeMs);
      }
    } finally {
      await session.close();
    }
    // The worst window, not a middle one: an order that holds most of the time is no order.
    const jain = Math.min(...indexes);
    const overtaken = await countOvertaking(adapter!);
    return {
      value: jain,
      unit: "Jain index",
      control: null,
      ratio: null,
      range: [jain, Math.max(...indexes)],
      compared: jain,
      detail: `least of ${WINDOWS} windows of ${WINDOW_MS} ms, in which nobody began or ended more than ${edgeMs.toFixed(1)} ms after another (${repeated} repeated); ${overtaken} of ${ROUNDS * (CONTENDERS - 1)} waiters overtaken`,
      faults: [
        ...(overtaken > 0 ? [`${overtaken} waiters overtaken`] : []),
        ...(lost !== 0 ? [`${lost} lost updates`] : []),
      ],
    };
  },
};

async function countOvertaking(adapter: NonNullable<FigureContext["adapter"]>): Promise<number> {
  const session = await openSession({
    adapters: [adapter],
    contenders: CONTENDERS,
    lock: { kind: "fifo" },
  });
  try {
    const arrived = Array.from({ length: ROUNDS }, () => 0);
    const outcomes = await session.run<{ rounds: number }, QueuedUp[]>(
      WORKLOAD,
      { rounds: ROUNDS },
      {
        onRequest: (topic, body) => {
          const { round, many } = body as { round: number; many: number };
          return topic === ARRIVED_TOPIC && arrived[round]! >= many;
        },
        onSend: (topic, body) => {
          if (topic === ARRIVE_TOPIC) arrived[(body as { round: number }).round]!++;
        },
      },
    );
    const results = valuesOf(outcomes);
    let overtaken = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const inOrder = results.map((result) => result[round]!).sort((a, b) => a.place - b.place);
      overtaken += inOrder.filter((one, i) => i > 0 && one.token <= inOrder[i - 1]!.token).length;
    }
    return overtaken;
  } finally {
    await session.close();
  }
}
