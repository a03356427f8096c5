import { availableParallelism } from "node:os";
import process from "node:process";
import { type Adapter, openSession, type Outcome, type Session } from "@ticketlock/core";
import { wasDisturbed } from "../environment/noise.ts";
import { watchNoise } from "../environment/watch-noise.ts";
import { measureWindow, valuesOf } from "../run/measured-window.ts";
import { unitOf } from "../run/launchers.ts";
import { rates } from "../run/rates.ts";
import {
  COUNTER,
  type CreatedWords,
  createWords,
  type SharedWords,
  WORDS_TOPIC,
  type WordsHandle,
} from "../run/shared-words.ts";
import { warmUp, type WarmUpSize } from "../run/warm-up.ts";
import { type WindowInput, windowInput, type WindowOutput } from "../run/window.ts";
import type { CountedBare } from "../workloads/count-bare.ts";
import { ECHO_TOPIC, type Echoed } from "../workloads/echo.ts";
import type { Sample } from "./alternate.ts";

const COUNTER_WORKLOAD = new URL("../workloads/counter.ts", import.meta.url);
const COUNT_BARE_WORKLOAD = new URL("../workloads/count-bare.ts", import.meta.url);
const ECHO_WORKLOAD = new URL("../workloads/echo.ts", import.meta.url);
const COUNT_TO_WORKLOAD = new URL("../workloads/count-to.ts", import.meta.url);

const WARM_UP: WarmUpSize = { lengthMs: 50, atMost: 10, mostMs: 500 };

/** One window of counting. */
export interface CounterWindow extends Sample {
  readonly operations: number;
  readonly lostUpdates: number;
  /** Operations per nanosecond of each contender. */
  readonly rates: readonly number[];
  /** How much later than the first the last contender began, or ended, to count. */
  readonly edgeMs: number;
  /** Windows thrown away before this one because of their edges. */
  readonly repeated: number;
}

/** How contenders count. */
export interface CounterOptions {
  /** Await every acquisition, even where the lock could block. */
  readonly async?: boolean;
  /** Adapters whose locks may be used as well, and whose launchers start contenders in turn with the first one's. */
  readonly others?: readonly Adapter[];
}

/** A batch takes up to 0.6 ms; more than a scheduler's slice above that was no longer the same window. */
const MOST_EDGE_MS = 10;
const MOST_TRIES = 10;

/** Contenders that stay warm between windows, for figures that alternate with a control. */
export class CounterSession {
  readonly #session: Session;
  readonly #words: SharedWords;
  readonly #handle: WordsHandle;
  readonly #unit: "thread" | "process";
  readonly #async: boolean;

  private constructor(
    session: Session,
    { words, handle }: CreatedWords,
    unit: "thread" | "process",
    async: boolean,
  ) {
    this.#session = session;
    this.#words = words;
    this.#handle = handle;
    this.#unit = unit;
    this.#async = async;
  }

  /** Opens and warms up. */
  static async open(
    adapter: Adapter,
    lock: string,
    contenders: number,
    { async = false, others = [] }: CounterOptions = {},
  ): Promise<CounterSession> {
    const adapters = [adapter, ...others];
    const unit = unitOf(adapters);
    const words = createWords(unit);
    const session = await openSession({
      ...words.rights,
      adapters,
      contenders,
      lock: { kind: lock },
    });
    const opened = new CounterSession(session, words, unit, async);
    await warmUp(contenders > 1, WARM_UP, async () =>
      valuesOf(await opened.#run("warm-up", WARM_UP.lengthMs)),
    );
    return opened;
  }

  /**
   * Measures until a window has clean edges. One in which a contender began or ended late compares
   * what was done with different numbers of rivals.
   *
   * @throws if none of `MOST_TRIES` has
   */
  async window(lengthMs: number): Promise<CounterWindow> {
    const edges: number[] = [];
    while (edges.length < MOST_TRIES) {
      const window = await this.#window(lengthMs);
      // A lost update counts however late anybody was.
      if (window.edgeMs <= MOST_EDGE_MS || window.lostUpdates !== 0)
        return { ...window, repeated: edges.length };
      edges.push(window.edgeMs);
    }
    throw new Error(
      `Cannot measure a window: in each of ${MOST_TRIES} a contender came or went more than ${MOST_EDGE_MS} ms after another (${edges.map((ms) => ms.toFixed(1)).join(", ")} ms).`,
    );
  }

  async #window(lengthMs: number): Promise<Omit<CounterWindow, "repeated">> {
    this.#words.write(COUNTER, 0);
    const { outputs, record } = await measureWindow(this.#unit, () =>
      this.#run("throughput", lengthMs),
    );
    return {
      nsPerOperation: record.nsPerOperation,
      disturbed: wasDisturbed(record.noise),
      operations: record.operations,
      lostUpdates:
        outputs.reduce((all, output) => all + output.allOperations, 0) -
        (this.#words.readNow(COUNTER) >>> 0),
      rates: rates(record.shares, record.spansNs),
      edgeMs:
        Math.max(
          spread(outputs.map((output) => output.beganAfterNs)),
          spread(outputs.map((output) => output.endedAfterNs)),
        ) / 1e6,
    };
  }

  /** Nanoseconds of the same loop and increment without the lock. */
  async bareNs(lengthMs: number): Promise<number> {
    const done = valuesOf(
      await this.#session.run<{ lengthNs: number }, CountedBare>(
        COUNT_BARE_WORKLOAD,
        { lengthNs: lengthMs * 1e6 },
        { onRequest: () => this.#handle },
      ),
    );
    return Math.min(...done.map(({ operations, spanNs }) => spanNs / operations));
  }

  /**
   * Messages from the contenders to their primary and back, with nothing of a lock in them. Only where
   * the contenders are workers of this process's node:cluster.
   */
  async echo(lengthMs: number): Promise<Sample> {
    const { default: cluster } = await import("node:cluster");
    const stops = this.#session.ids.map((id) => {
      const worker = Object.values(cluster.workers ?? {}).find((one) => one?.process.pid === id);
      if (worker === undefined)
        throw new Error("Cannot send messages there and back: no contender of node:cluster.");
      const sendBack = (message: unknown): void => {
        if ((message as { ticketlock?: unknown }).ticketlock === ECHO_TOPIC)
          worker.send(message as object);
      };
      worker.on("message", sendBack);
      return () => worker.off("message", sendBack);
    });
    const endWatch = watchNoise();
    const before = process.hrtime.bigint();
    try {
      const done = valuesOf(
        await this.#session.run<{ lengthNs: number }, Echoed>(ECHO_WORKLOAD, {
          lengthNs: lengthMs * 1e6,
        }),
      );
      const tookUs = Number(process.hrtime.bigint() - before) / 1_000;
      const toldUs = done.reduce((sum, one) => sum + one.cpuUs, 0);
      const noise = endWatch(tookUs, toldUs, availableParallelism());
      return {
        nsPerOperation: Math.min(...done.map(({ operations, spanNs }) => spanNs / operations)),
        disturbed: wasDisturbed(noise),
      };
    } finally {
      for (const stop of stops) stop();
    }
  }

  /** Every contender adds 1 so many times; gives what the counter lacks in the end. */
  async countTo(each: number): Promise<number> {
    this.#words.write(COUNTER, 0);
    const options = { onRequest: () => this.#handle };
    const done = valuesOf(
      await this.#session.run<{ count: number }, number>(
        COUNT_TO_WORKLOAD,
        { count: each },
        options,
      ),
    );
    return done.reduce((sum, count) => sum + count, 0) - (this.#words.readNow(COUNTER) >>> 0);
  }

  async close(): Promise<void> {
    await this.#session.close();
    this.#words.close();
  }

  #run(phase: WindowInput["phase"], lengthMs: number): Promise<readonly Outcome<WindowOutput>[]> {
    const input = windowInput(phase, lengthMs, lengthMs, { async: this.#async });
    const onRequest = (topic: string): unknown => (topic === WORDS_TOPIC ? this.#handle : null);
    return this.#session.run<WindowInput, WindowOutput>(COUNTER_WORKLOAD, input, { onRequest });
  }
}

function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

/** As `freshWindow` of one blocking contender, with the lock's own cost: loop and increment subtracted. */
export async function freshNetWindow(
  adapter: Adapter,
  lock: string,
  lengthMs: number,
): Promise<CounterWindow & { readonly bareNs: number }> {
  const session = await CounterSession.open(adapter, lock, 1);
  try {
    const window = await session.window(lengthMs);
    await session.bareNs(lengthMs / 2); // warms up
    const bareNs = await session.bareNs(lengthMs);
    return { ...window, nsPerOperation: window.nsPerOperation - bareNs, bareNs };
  } finally {
    await session.close();
  }
}

/**
 * One window of contenders that were started and warmed up for it. What a compiler makes of a loop
 * differs from one isolate to the next by a third: a median over one isolate's windows would only
 * show how that one came out.
 */
export async function freshWindow(
  adapter: Adapter,
  lock: string,
  contenders: number,
  lengthMs: number,
  options: CounterOptions = {},
): Promise<CounterWindow> {
  const session = await CounterSession.open(adapter, lock, contenders, options);
  try {
    return await session.window(lengthMs);
  } finally {
    await session.close();
  }
}
