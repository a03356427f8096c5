import process from "node:process";
import { setImmediate as nextTurn, setTimeout as rest } from "node:timers/promises";
import { type Contender, type Guard, isBlockingLock, type Lock } from "@ticketlock/core";
import type { Load } from "../plan/scenarios.ts";
import { randomNumbers } from "../plan/shuffle.ts";
import { busyWork, spinsFor } from "../run/busy-work.ts";
import { LEAD_NS } from "../run/pacer.ts";
import {
  loadWord,
  openWords,
  type SharedWords,
  WORDS_TOPIC,
  type WordsHandle,
} from "../run/shared-words.ts";
import type { WindowOutput } from "../run/window.ts";
import { encodeHistogram, newHistogram, recordNs } from "../statistics/percentiles.ts";
import { total } from "../statistics/total.ts";
import { Arrivals } from "./arrivals.ts";
import { LoopWatch } from "./loop-watch.ts";
import { SectionWatch } from "./section-watch.ts";

/** Topic on which a contender that is to be ended says that it holds, and how many operations it has done. */
export const HOLDS_TOPIC = "bench:holds";

/** What every contender is told about a window of a scenario. */
export interface LoadInput {
  readonly load: Load;
  /** Microseconds. */
  readonly section: number;
  readonly lengthNs: number;
  /** Operations per second of all contenders where arrivals are `open`. */
  readonly perS: number;
  /** Who is ended in the section that it comes into after a third of the window. */
  readonly victim: number | null;
  /** Number of the window, so that no two windows of a session draw the same random numbers. */
  readonly window: number;
}

/** What a contender went through. Times are nanoseconds after `startedNs`, histograms of nanoseconds. */
export interface LoadOutput extends WindowOutput {
  /** The run's start on the session's clock, in decimal. */
  readonly startedNs: string;
  readonly heldNs: number;
  readonly longestWaitNs: number;
  /** Of counts: grants to others between asking and one's own. */
  readonly passedBy: string;
  readonly latencies: string | null;
  readonly loopDelays: string | null;
  /** Asked, entered, left; asked, entered, left; ... Empty where nobody will look at them. */
  readonly times: readonly number[];
}

let kept: SharedWords | undefined;

/** One window of a scenario: operations as its data tell, each with its times on the session's clock. */
export default async function load(contender: Contender, input: LoadInput): Promise<LoadOutput> {
  kept ??= openWords((await contender.channel.request(WORDS_TOPIC, null)) as WordsHandle);
  return new LoadWindow(contender, input, kept).run();
}

/** An operation's times, and how many others were granted between its asking and its grant. */
interface Operation {
  readonly askedNs: bigint;
  readonly enteredNs: bigint;
  readonly leftNs: bigint;
  readonly passedBy: number;
}

class LoadWindow {
  readonly #contender: Contender;
  readonly #input: LoadInput;
  readonly #words: SharedWords;
  readonly #random: () => number;
  readonly #spins: number;
  readonly #watches: readonly SectionWatch[];
  readonly #waits = newHistogram();
  readonly #latencies = newHistogram();
  readonly #loopDelays = newHistogram();
  readonly #passedBy = newHistogram();
  readonly #times: number[] = [];
  #counted = 0;
  #all = 0;
  #heldNs = 0;
  #longestWaitNs = 0;

  constructor(contender: Contender, input: LoadInput, words: SharedWords) {
    this.#contender = contender;
    this.#input = input;
    this.#words = words;
    this.#random = randomNumbers(contender.seed + Math.imul(input.window, GOLDEN));
    this.#spins = spinsFor(input.section, () => contender.nowNs());
    this.#watches = Array.from(
      { length: input.load.locks },
      (_, i) =>
        new SectionWatch(words, loadWord("inside", i), loadWord("token", i), contender.index),
    );
  }

  async run(): Promise<LoadOutput> {
    const { startedNs } = this.#contender;
    const arrivedNs = this.#contender.nowNs();
    const cpuBefore = process.cpuUsage();
    const { load, lengthNs } = this.#input;
    const queued = load.queuedAtStart ? await this.#queueUp() : undefined;
    const beginNs = queued?.beginNs ?? startedNs + LEAD_NS;
    const endNs = beginNs + BigInt(lengthNs);
    // It asked before the window began, and is what the window is about.
    if (queued?.first !== undefined) this.#record(beginNs, beginNs, endNs, queued.first);
    await this.#work(beginNs, endNs);
    const { user, system } = process.cpuUsage(cpuBefore);
    return {
      operations: this.#counted,
      allOperations: this.#all,
      startedAfterNs: Number(arrivedNs - startedNs),
      beganAfterNs: Number(beginNs - startedNs),
      endedAfterNs: Number(endNs - startedNs),
      clockErrorNs: this.#contender.clockErrorNs,
      cpuUs: user + system,
      warmUps: 0,
      settled: null,
      lookNs: null,
      looks: null,
      overlaps: total(this.#watches, (watch) => watch.overlaps),
      overlapTrials: this.#all,
      tokensOutOfOrder: total(this.#watches, (watch) => watch.tokensOutOfOrder),
      histogram: encodeHistogram(this.#waits),
      sold: 0,
      retries: 0,
      startedNs: String(startedNs),
      heldNs: this.#heldNs,
      longestWaitNs: this.#longestWaitNs,
      passedBy: encodeHistogram(this.#passedBy),
      latencies: load.arrivals.kind === "closed" ? null : encodeHistogram(this.#latencies),
      loopDelays: load.watchesLoop ? encodeHistogram(this.#loopDelays) : null,
      times: this.#times,
    };
  }

  /** Operation after operation, until one is meant to begin at the window's end or later. */
  async #work(beginNs: bigint, endNs: bigint): Promise<void> {
    const { load, perS } = this.#input;
    const { startedNs, count } = this.#contender;
    const perContenderS = perS / count;
    const arrivals = new Arrivals(load.arrivals, startedNs, perContenderS, this.#random);
    const diesAtNs = beginNs + BigInt(Math.floor(this.#input.lengthNs / 3));
    let lastNs = this.#contender.nowNs();
    for (;;) {
      const intendedNs = arrivals.next(lastNs);
      if (intendedNs >= endNs) return;
      await this.#until(intendedNs);
      const dies = this.#input.victim === this.#contender.index && intendedNs >= diesAtNs;
      const operation = await this.#operate(dies);
      lastNs = operation.leftNs;
      this.#record(intendedNs, beginNs, endNs, operation);
      if (load.arrivals.kind === "closed" && load.arrivals.thinkSections > 0) {
        busyWork(this.#spins * load.arrivals.thinkSections);
        lastNs = this.#contender.nowNs();
      }
    }
  }

  async #operate(dies: boolean): Promise<Operation> {
    const { load } = this.#input;
    const which = load.locks === 1 ? 0 : Math.floor(this.#random() * load.locks);
    const lock = this.#contender.lock(which);
    const count = loadWord("count", which);
    const watch = this.#watches[which]!;
    const before = this.#words.readNow(count);
    const askedNs = this.#contender.nowNs();
    const guard = await this.#acquire(lock);
    const enteredNs = this.#contender.nowNs();
    if (guard.abandoned) {
      watch.forgetTheDead();
      await guard.markConsistent();
    }
    watch.enter(guard.token);
    // Everybody adds 1 under the lock, so what was added meanwhile is how many others came in between.
    const value = this.#words.readNow(count);
    if (dies) await this.#hold();
    busyWork(this.#spins * this.#sectionTimes());
    this.#words.writeNow(count, value + 1);
    watch.leave();
    const leftNs = this.#contender.nowNs();
    const released = guard.release();
    if (released !== undefined) await released;
    this.#all++;
    return { askedNs, enteredNs, leftNs, passedBy: Math.max(0, (value - before) | 0) };
  }

  async #acquire(lock: Lock): Promise<Guard> {
    const { watchesLoop } = this.#input.load;
    if (isBlockingLock(lock) && !watchesLoop) return lock.acquireSync();
    if (!watchesLoop) return lock.acquire();
    const loop = new LoopWatch();
    loop.start();
    try {
      return await lock.acquire();
    } finally {
      loop.stop();
      for (const ms of loop.delaysMs) recordNs(this.#loopDelays, ms * 1e6);
    }
  }

  /** How long this section lasts, in sections. */
  #sectionTimes(): number {
    const { long, hogTimes } = this.#input.load;
    if (this.#contender.index === 0 && hogTimes > 1) return hogTimes;
    return long !== null && this.#random() * long.every < 1 ? long.times : 1;
  }

  /** Says that it holds the lock, and never gives it back. */
  async #hold(): Promise<never> {
    this.#contender.channel.send(HOLDS_TOPIC, this.#all);
    for (;;) await rest(60_000, undefined, { signal: this.#contender.signal });
  }

  /**
   * Throughput counts what came in within the window. Waits and latencies count what was meant to begin in
   * it, however late it came in: to leave out what is still waiting at the end would be to leave out the worst.
   */
  #record(intendedNs: bigint, beginNs: bigint, endNs: bigint, operation: Operation): void {
    const { load, victim } = this.#input;
    const { startedNs } = this.#contender;
    const { askedNs, enteredNs, leftNs, passedBy } = operation;
    if (enteredNs >= beginNs && enteredNs < endNs) {
      this.#counted++;
      this.#heldNs += Number(leftNs - enteredNs);
    }
    if (intendedNs >= beginNs && intendedNs < endNs) {
      const waitNs = Number(enteredNs - askedNs);
      this.#longestWaitNs = Math.max(this.#longestWaitNs, waitNs);
      recordNs(this.#waits, waitNs);
      recordNs(this.#passedBy, passedBy);
      recordNs(this.#latencies, Number(leftNs - intendedNs));
    }
    if ((load.drawn || victim !== null) && leftNs >= beginNs)
      this.#times.push(...[askedNs, enteredNs, leftNs].map((time) => Number(time - startedNs)));
  }

  /**
   * Sleeps through most of a pause, and looks at the clock for the rest only: whoever looks at the clock all the time
   * has a core, which another one's section may need.
   */
  async #until(timeNs: bigint): Promise<void> {
    const blocks = isBlockingLock(this.#contender.lock());
    for (;;) {
      const left = timeNs - this.#contender.nowNs();
      if (left <= 0n) return;
      if (left > LONG_PAUSE_NS) await rest(Number(left / 1_000_000n) - 1);
      else if (!blocks) await nextTurn(); // messages must go on
      else if (left > LATENESS_NS) Atomics.wait(never, 0, 0, Number(left - LATENESS_NS) / 1e6);
    }
  }

  /**
   * Contender 0 holds the lock until all others wait for it, and the window begins as it lets go. The
   * others' first operation is the one that they stand in line for.
   */
  async #queueUp(): Promise<{ readonly beginNs: bigint; readonly first?: Operation }> {
    const { index, startedNs } = this.#contender;
    const begin = (): bigint => startedNs + BigInt(this.#words.readNow(BEGIN_US)) * 1_000n;
    if (index === 0) {
      await this.#holdUntilAllWait();
      return { beginNs: begin() };
    }
    while (this.#words.readNow(HELD_US) === 0) {
      this.#checkPatience();
      await nextTurn();
    }
    const first = await this.#operate(false);
    return { beginNs: begin(), first };
  }

  async #holdUntilAllWait(): Promise<void> {
    const lock = this.#contender.lock();
    const guard = await lock.acquire();
    try {
      this.#words.writeNow(HELD_US, this.#sinceStartUs());
      while ((await lock.query()).waiters < this.#contender.count - 1) {
        this.#checkPatience();
        await nextTurn();
      }
      this.#words.writeNow(BEGIN_US, this.#sinceStartUs());
    } finally {
      await guard.release();
    }
  }

  /** At least 1: 0 means not yet. */
  #sinceStartUs(): number {
    return Math.max(1, Number((this.#contender.nowNs() - this.#contender.startedNs) / 1_000n));
  }

  #checkPatience(): void {
    this.#contender.signal.throwIfAborted();
    if (this.#contender.nowNs() - this.#contender.startedNs > LONGEST_QUEUEING_NS)
      throw new Error("Cannot measure a queue: not every contender stood in line within 5 s.");
  }
}

/** 2^32 over the golden ratio: multiples of it are spread evenly over all seeds. */
const GOLDEN = 0x9e3779b9;
/** A pause that a timer may be trusted with; it comes up to a millisecond late. */
const LONG_PAUSE_NS = 2_000_000n;
/** So much too late, at most times, does a thread wake that sleeps on a word which nobody changes. */
const LATENESS_NS = 150_000n;
const never = new Int32Array(new SharedArrayBuffer(4));
const LONGEST_QUEUEING_NS = 5_000_000_000n;
/** When contender 0 had the lock, and when all others stood in line, in microseconds after the start. */
const HELD_US = loadWord("begin", 0);
const BEGIN_US = loadWord("begin", 1);
