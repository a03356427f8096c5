import { openSession } from "@ticketlock/core";
import { valuesOf } from "../run/measured-window.ts";
import { fairnessOf } from "../statistics/fairness.ts";
import { createWords, WORDS_TOPIC } from "../run/shared-words.ts";
import type { QueuedUp } from "../workloads/queue-up.ts";
import { CounterSession } from "./counter-session.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";

const WORKLOAD = new URL("../workloads/queue-up.ts", import.meta.url);
const CONTENDERS = 8;
const WINDOWS = 9;
const WINDOW_MS = 200;
const ROUNDS = 250;
/** A lock that lets newcomers barge in: the watch over the queue must see it. */
const CONTROL = "futex";

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
    const fifo = await watchQueue(adapter!, "fifo");
    const barging = await watchQueue(adapter!, CONTROL);
    return {
      value: jain,
      unit: "Jain index",
      control: null,
      ratio: null,
      range: [jain, Math.max(...indexes)],
      compared: jain,
      detail: `least of ${WINDOWS} windows of ${WINDOW_MS} ms, in which nobody began or ended more than ${edgeMs.toFixed(1)} ms after another (${repeated} repeated); a newcomer around each of ${ROUNDS} releases: ${inWords(fifo)}; ${CONTROL} as the control: ${inWords(barging)}`,
      faults: [
        ...(fifo.overtaken > 0 ? [`${fifo.overtaken} waiters overtaken`] : []),
        ...(fifo.blocked === 0 || fifo.blocked === fifo.waiters
          ? [`${fifo.blocked} of ${fifo.waiters} waiters blocked: both ways must be tried`]
          : []),
        ...(barging.byNewcomers === 0
          ? [`no newcomer overtook with ${CONTROL}, which lets them: overtaking cannot be seen`]
          : []),
        ...(lost !== 0 ? [`${lost} lost updates`] : []),
      ],
    };
  },
};

/** What became of the waiters of all rounds. */
interface Watched {
  readonly waiters: number;
  readonly blocked: number;
  /** Waiters that were granted after somebody who came later. */
  readonly overtaken: number;
  /** Rounds in which the newcomer was granted before somebody who waited already. */
  readonly byNewcomers: number;
}

function inWords({ waiters, blocked, overtaken, byNewcomers }: Watched): string {
  return `${overtaken} of ${waiters} waiters (${blocked} blocked) overtaken, in ${byNewcomers} rounds by the newcomer`;
}

async function watchQueue(
  adapter: NonNullable<FigureContext["adapter"]>,
  kind: string,
): Promise<Watched> {
  const { handle, words, rights } = createWords(adapter.launcher!.unit);
  const session = await openSession({
    ...rights,
    adapters: [adapter],
    contenders: CONTENDERS,
    lock: { kind },
  });
  try {
    const results = valuesOf(
      await session.run<{ rounds: number }, QueuedUp[]>(
        WORKLOAD,
        { rounds: ROUNDS },
        { onRequest: (topic) => (topic === WORDS_TOPIC ? handle : null) },
      ),
    );
    const watched = { waiters: 0, blocked: 0, overtaken: 0, byNewcomers: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const inOrder = results.map((result) => result[round]!).sort((a, b) => a.place - b.place);
      const newcomer = inOrder.at(-1)!;
      const waiters = inOrder.slice(1, -1);
      watched.waiters += waiters.length;
      watched.blocked += waiters.filter((one) => one.blocked).length;
      watched.overtaken += waiters.filter((one) =>
        inOrder.slice(one.place + 1).some((later) => later.token < one.token),
      ).length;
      if (waiters.some((one) => newcomer.token < one.token)) watched.byNewcomers++;
    }
    return watched;
  } finally {
    await session.close();
    words.close();
  }
}
