import { type Adapter, isBlockingLock, openSession } from "@ticketlock/core";
import { valuesOf } from "../run/measured-window.ts";
import { createWords, WORDS_TOPIC } from "../run/shared-words.ts";
import { nearestRank } from "../statistics/nearest-rank.ts";
import { DONE, type HandedOff, type HandOffInput, type Held } from "../workloads/hand-off.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";

const WORKLOAD = new URL("../workloads/hand-off.ts", import.meta.url);
const LOCK = "mapped";
const CONTENDERS = 2;
/** Longest delay of the event loop while a contender waits, 99th percentile. */
const MOST_DELAY_MS = 5;

/** How much is done. */
export interface HandOffs {
  readonly rounds: number;
  /** Long waits, in which the event loop is watched. */
  readonly longRounds: number;
  readonly longMs: number;
}

/** From one process to another that awaits the lock. */
export const handOff: Figure = {
  name: "mapped-hand-off",
  claim:
    "MappedMutex between two processes, awaited: contended hand-off p50 at most 100 us, and the event loop's delay while waiting stays under 5 ms (p99)",
  limit: { kind: "at-most", value: 100 },
  needs: { lock: LOCK },
  onlyWhenNamed: false,
  measure: ({ adapter, signal }: FigureContext) =>
    measureHandOff(adapter!, LOCK, { rounds: 500, longRounds: 20, longMs: 50 }, signal),
};

/** Lets two contenders hand a lock to and fro, and watches the event loop of the one that waits. */
export async function measureHandOff(
  adapter: Adapter,
  kind: string,
  { rounds, longRounds, longMs }: HandOffs,
  signal: AbortSignal,
): Promise<Measurement> {
  const { handle, words, rights } = createWords(adapter.launcher!.unit);
  const session = await openSession({
    ...rights,
    adapters: [adapter],
    contenders: CONTENDERS,
    lock: { kind },
  });
  try {
    const run = async (input: HandOffInput): Promise<HandedOff[]> => {
      words.writeNow(DONE, 0);
      return valuesOf(
        await session.run<HandOffInput, HandedOff>(WORKLOAD, input, {
          signal,
          onRequest: (topic) => (topic === WORDS_TOPIC ? handle : null),
        }),
      );
    };
    await run({ rounds: 20, holdMs: 0, blocks: false }); // warms up
    const short = await run({ rounds, holdMs: 0, blocks: false });
    const long = await run({ rounds: longRounds, holdMs: longMs, blocks: false });
    const blocked = isBlockingLock(session.locks[0]!)
      ? await run({ rounds: longRounds, holdMs: longMs, blocks: true })
      : undefined;
    const { us, faults } = handOffsOf(short.map((one) => one.holds));
    const p50 = nearestRank(us, 0.5);
    const delayMs = Math.max(...long.map((one) => one.delayMsP99));
    const blockedMs =
      blocked === undefined ? undefined : Math.max(...blocked.map((one) => one.delayMsMost));
    return {
      value: p50,
      unit: "us (p50)",
      control: null,
      ratio: null,
      range: [us[0] ?? Infinity, us.at(-1) ?? Infinity],
      compared: p50,
      detail: `${us.length} hand-offs, p99 ${nearestRank(us, 0.99).toFixed(0)} us, each to a process that waited; event loop while waiting ${longMs} ms, ${CONTENDERS * longRounds} times: p99 ${delayMs.toFixed(1)} ms${blockedMs === undefined ? "" : `; waiting with acquireSync as the control: up to ${blockedMs.toFixed(0)} ms`}`,
      faults: [
        ...faults,
        ...(delayMs < MOST_DELAY_MS
          ? []
          : [`the event loop was delayed by ${delayMs.toFixed(1)} ms (p99) while it waited`]),
        ...(blockedMs === undefined || blockedMs > longMs / 2
          ? []
          : [
              `a blocked event loop was delayed by ${blockedMs.toFixed(1)} ms only: delays cannot be seen`,
            ]),
      ],
    };
  } finally {
    await session.close();
    words.close();
  }
}

/** What passed from one release to the grant that it made, in microseconds and ascending order; and what went wrong. */
export function handOffsOf(contenders: readonly (readonly Held[])[]): {
  readonly us: number[];
  readonly faults: string[];
} {
  const inOrder = contenders
    .flatMap((holds, index) => holds.map((held) => ({ ...held, index })))
    .sort((a, b) => a.token - b.token);
  const us: number[] = [];
  let overtaken = 0;
  let early = 0;
  inOrder.slice(1).forEach((next, i) => {
    const before = inOrder[i]!;
    if (next.index === before.index) return void overtaken++;
    const passed = Number(BigInt(next.grantedNs) - BigInt(before.releasingNs)) / 1_000;
    if (passed < 0) early++;
    us.push(passed);
  });
  const faults = [
    ...(overtaken > 0
      ? [`${overtaken} times a waiter was passed over by one that did not wait`]
      : []),
    ...(early > 0 ? [`${early} grants before the lock was given back`] : []),
  ];
  return { us: us.sort((a, b) => a - b), faults };
}
