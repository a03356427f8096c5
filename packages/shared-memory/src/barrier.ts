import {
  type AcquireOptions,
  checkAcquireOptions,
  checkInteger,
  checkTimeoutMs,
  type Handle,
  MAX_CONTENDERS,
  TicketlockError,
} from "@ticketlock/core";
import { DEFAULT_ROOM } from "./lock-options.ts";
import { MemoryEvent } from "./memory-event.ts";
import type { Recoverable } from "./members.ts";
import { createRegion, LINE, openRegion, regionHandle, withinOrNaN } from "./shared-region.ts";
import type { ThreadPlatform } from "./thread-platform.ts";
import { endingsOf } from "./thread-endings.ts";
import { ThreadTable } from "./thread-table.ts";

/** Words of the region: header, state, event, threads. */
const PARTIES_AT = 3;
const STATE_AT = LINE;
const EVENT_AT = 2 * LINE;
const THREADS_AT = 3 * LINE;
const REGION_WORDS = THREADS_AT + ThreadTable.words(DEFAULT_ROOM);

/**
 * The state word: how many have come to the present meeting, whether the barrier is broken, and the
 * number of the meeting.
 */
const COME = 0xfff;
const BROKEN = 1 << 12;
const MEETING_SHIFT = 13;

export interface BarrierOptions {
  /** How many threads meet, 1 to 256. */
  readonly parties: number;
}

/**
 * A meeting point that can be used again and again: everyone who comes waits until all parties have.
 *
 * **Crash behaviour**: if a party's thread ends, gives up or times out, the meeting can never be
 * complete. The barrier is then broken: all who wait and all who come later get `BARRIER_BROKEN`
 * instead of waiting for ever.
 */
export class Barrier implements Recoverable {
  readonly handle: Handle;
  readonly parties: number;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #event: MemoryEvent;
  readonly #threads: ThreadTable;
  readonly #platform: ThreadPlatform;
  readonly #me: number;
  #closed = false;

  /** Makes the memory of a new barrier. @throws {RangeError} */
  static create(module: string, options: BarrierOptions): Handle {
    const parties = checkInteger("parties", options.parties, 1, MAX_CONTENDERS);
    const words = createRegion("barrier", REGION_WORDS);
    words[PARTIES_AT] = parties;
    return regionHandle(module, "barrier", words);
  }

  /** Opens the barrier behind a handle. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
  constructor(handle: Handle, platform: ThreadPlatform) {
    this.handle = handle;
    this.#words = openRegion(handle, platform.module, "barrier", wordsOf);
    this.parties = this.#words[PARTIES_AT]!;
    this.#platform = platform;
    this.#event = new MemoryEvent(this.#words, EVENT_AT, () => this.#lookForDeaths());
    this.#threads = new ThreadTable(this.#words, THREADS_AT, DEFAULT_ROOM, platform);
    this.#me = this.#threads.enter(() => void this.#break());
  }

  /** True once a party has given up, timed out or died. It stays so. */
  get broken(): boolean {
    return (Atomics.load(this.#words, STATE_AT) & BROKEN) !== 0;
  }

  /** Waits for the others without blocking. @throws {TicketlockError} `BARRIER_BROKEN`; or the signal's reason, which breaks it for the others. */
  async wait(options?: AcquireOptions): Promise<void> {
    checkAcquireOptions(options); // before the caller counts as a party
    const meeting = this.#come();
    try {
      await this.#event.wait(() => this.#isOver(meeting), options, tooLate);
    } catch (error) {
      if (this.#break(meeting)) throw error;
      // All came after all, while this party was giving up: nobody else may be told otherwise.
    }
  }

  /** Blocks the thread until the others have come. @throws {TicketlockError} `BARRIER_BROKEN`, also when the time is over. */
  waitSync(options?: { readonly timeoutMs?: number }): void {
    const timeoutMs = checkTimeoutMs(options?.timeoutMs);
    const meeting = this.#come();
    if (this.#event.waitSync(() => this.#isOver(meeting), timeoutMs) !== undefined) return;
    if (this.#break(meeting)) throw tooLate(timeoutMs);
  }

  /** Counts the caller in; returns the number of the meeting that it has come to. */
  #come(): number {
    if (this.#closed) throw brokenBecause("it was closed in this thread");
    for (;;) {
      const seen = Atomics.load(this.#words, STATE_AT);
      if ((seen & BROKEN) !== 0) throw brokenBecause("a party has given up or died");
      const meeting = seen >>> MEETING_SHIFT;
      const complete = (seen & COME) + 1 === this.parties;
      const next = complete ? (meeting + 1) << MEETING_SHIFT : seen + 1;
      if (Atomics.compareExchange(this.#words, STATE_AT, seen, next) !== seen) continue;
      if (complete) this.#event.signal();
      return meeting;
    }
  }

  #isOver(meeting: number): true | undefined {
    const state = Atomics.load(this.#words, STATE_AT);
    if (state >>> MEETING_SHIFT !== meeting) return true; // complete, even if broken since
    if ((state & BROKEN) !== 0) throw brokenBecause("a party has given up or died");
    return undefined;
  }

  /** Breaks the barrier at this meeting, or at the present one; false if the meeting is over. */
  #break(meeting?: number): boolean {
    for (;;) {
      const seen = Atomics.load(this.#words, STATE_AT);
      if (meeting !== undefined && seen >>> MEETING_SHIFT !== meeting) return false;
      if (Atomics.compareExchange(this.#words, STATE_AT, seen, seen | BROKEN) === seen) break;
    }
    this.#event.signal();
    return true;
  }

  /** Breaks the barrier if the thread of this number, which has ended, had it open. */
  recover(threadId: number): void {
    if (this.#closed) return;
    const endings = endingsOf(this.#platform, this.#threads);
    if (endings === undefined) this.#threads.markThread(threadId);
    // A broken barrier gives a party that runs on nothing to harm.
    else endings.markEnded(threadId, () => void this.#break());
    this.#threads.recoverDead(() => void this.#break());
  }

  /** Breaks the barrier at once when the thread behind `worker`, the runtime's worker object, ends before it has closed it. */
  watch(worker: unknown): void {
    this.#platform.onEnd(worker, (threadId) => this.recover(threadId));
  }

  #lookForDeaths(): void {
    if (this.#closed) return;
    this.#threads.markSomeGone();
    this.#threads.recoverDead(() => void this.#break());
  }

  /** Leaves the barrier in this thread, which then is no party whose death would break it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#threads.leave(this.#me);
  }
}

function tooLate(timeoutMs: number): TicketlockError {
  return brokenBecause(`not all parties came within ${timeoutMs} ms`);
}

function brokenBecause(why: string): TicketlockError {
  return new TicketlockError(
    "BARRIER_BROKEN",
    `Cannot meet at the barrier: ${why}. Make a new one for the parties that are left.`,
  );
}

function wordsOf(words: Int32Array): number {
  return Number.isNaN(withinOrNaN(words[PARTIES_AT], 1, MAX_CONTENDERS)) ? NaN : REGION_WORDS;
}
