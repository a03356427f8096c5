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
}

/** What a contender went through. Times are nanoseconds after `startedNs`, histograms of nanoseconds. */
export interface LoadOutput extends WindowOutput {
  /** The run's start on the session's clock, in decimal. */
  readonly startedNs: string;
  readonly heldNs: number;
  readonly longestWaitNs: number;
  readonly mostPassedBy: number;
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

/** An operation's times. */
interface Times {
  readonly askedNs: bigint;
  readonly enteredNs: bigint;
  readonly leftNs: bigint;
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
  readonly #times: number[] = [];
  #counted = 0;
  #all = 0;
  #heldNs = 0;
  #longestWaitNs = 0;
  #mostPassedBy = 0;

  constructor(contender: Contender, input: LoadInput, words: SharedWords) {
    this.#contender = contender;
    this.#input = input;
    this.#words = words;
    this.#random = randomNumbers(contender.seed);
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
    const beginNs = this.#input.load.queuedAtStart ? await this.#queueUp() : startedNs + LEAD_NS;
    const endNs = beginNs + BigInt(this.#input.lengthNs);
    await this.#work(beginNs, endNs);
    const { user, system } = process.cpuUsage(cpuBefore);
    const { load } = this.#input;
    return {
      operations: this.#counted,
      allOperations: this.#all,
      startedAfterNs: Number(arrivedNs - startedNs),
      beganAfterNs: Number(beginNs - startedNs),
      endedAfterNs: Number(endNs - startedNs),
      clockErrorNs: this.#contender.clockErrorNs,
      cpuUs: user + system,
      warmUps: 0,
      overlaps: total(this.#watches, (watch) => watch.overlaps),
      overlapTrials: this.#all,
      tokensOutOfOrder: total(this.#watches, (watch) => watch.tokensOutOfOrder),
      histogram: encodeHistogram(this.#waits),
      sold: 0,
      retries: 0,
      startedNs: String(startedNs),
      heldNs: this.#heldNs,
      longestWaitNs: this.#longestWaitNs,
      mostPassedBy: this.#mostPassedBy,
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
      const { askedNs, enteredNs, leftNs } = await this.#operate(dies);
      lastNs = leftNs;
      this.#all++;
      if (enteredNs >= beginNs && enteredNs < endNs)
        this.#record(intendedNs, { askedNs, enteredNs, leftNs });
      if (load.arrivals.kind === "closed" && load.arrivals.thinkSections > 0) {
        busyWork(this.#spins * load.arrivals.thinkSections);
        lastNs = this.#contender.nowNs();
      }
    }
  }

  async #operate(dies: boolean): Promise<Times> {
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
    this.#mostPassedBy = Math.max(this.#mostPassedBy, (value - before) | 0);
    if (dies) await this.#hold();
    busyWork(this.#spins * this.#sectionTimes());
    this.#words.writeNow(count, value + 1);
    watch.leave();
    const leftNs = this.#contender.nowNs();
    const released = guard.release();
    if (released !== undefined) await released;
    return { askedNs, enteredNs, leftNs };
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

  #record(intendedNs: bigint, { askedNs, enteredNs, leftNs }: Times): void {
    const { load, victim } = this.#input;
    const { startedNs } = this.#contender;
    const waitNs = Number(enteredNs - askedNs);
    this.#counted++;
    this.#heldNs += Number(leftNs - enteredNs);
    this.#longestWaitNs = Math.max(this.#longestWaitNs, waitNs);
    recordNs(this.#waits, waitNs);
    recordNs(this.#latencies, Number(leftNs - intendedNs));
    if (load.drawn || victim !== null)
      this.#times.push(...[askedNs, enteredNs, leftNs].map((time) => Number(time - startedNs)));
  }

  /** Sleeps through most of a long pause, and looks at the clock for the rest: timers come late. */
  async #until(timeNs: bigint): Promise<void> {
    for (;;) {
      const left = timeNs - this.#contender.nowNs();
      if (left <= 0n) return;
      if (left > LONG_PAUSE_NS) await rest(Number(left / 1_000_000n) - 1);
      else if (!isBlockingLock(this.#contender.lock())) await nextTurn(); // messages must go on
    }
  }

  /** Contender 0 holds the lock until all others wait for it; gives the time at which the window begins. */
  async #queueUp(): Promise<bigint> {
    const { index, count, startedNs } = this.#contender;
    const lock = this.#contender.lock();
    const words = this.#words;
    if (index === 0) {
      const guard = await lock.acquire();
      words.writeNow(HELD_US, this.#sinceStartUs());
      while ((await lock.query()).waiters < count - 1) {
        this.#checkPatience();
        await nextTurn();
      }
      words.writeNow(BEGIN_US, this.#sinceStartUs());
      await guard.release();
    } else {
      while (words.readNow(HELD_US) === 0) {
        this.#checkPatience();
        await nextTurn();
      }
      const guard = await this.#acquire(lock);
      await guard.release();
    }
    return startedNs + BigInt(words.readNow(BEGIN_US)) * 1_000n;
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

/** A pause that a timer may be trusted with. */
const LONG_PAUSE_NS = 2_000_000n;
const LONGEST_QUEUEING_NS = 5_000_000_000n;
/** When contender 0 had the lock, and when all others stood in line, in microseconds after the start. */
const HELD_US = loadWord("begin", 0);
const BEGIN_US = loadWord("begin", 1);

function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
