import {
  checkInteger,
  type Handle,
  type LockGuarantees,
  type LockOptions,
  type SyncGuard,
} from "@ticketlock/core";
import { startTokensAbove } from "./fencing-tokens.ts";
import { type FifoLayout, FifoRing, type Place } from "./fifo-ring.ts";
import { checkLockOptions, MAX_ROOM } from "./lock-options.ts";
import { looks } from "./looks.ts";
import { type BlockingWait, MemoryLock } from "./memory-lock.ts";
import type { PendingAcquire } from "./pending-acquire.ts";
import {
  createRegion,
  LINE,
  openRegion,
  powerOfTwoOrNaN,
  regionHandle,
  withinOrNaN,
} from "./shared-region.ts";
import { endingsOf, guaranteesOn } from "./thread-endings.ts";
import type { ThreadPlatform } from "./thread-platform.ts";
import { ThreadTable } from "./thread-table.ts";

/** Words of the region, in lines of 128 bytes: header, HEAD with what its owner writes, TAIL, threads, entries. */
const ROOM_AT = 3;
const RESCUES_AT = 4;
const SIZE_AT = 5;
const HEAD_AT = LINE;
const TOKEN_AT = LINE + 1;
const ABANDONED_AT = LINE + 3;
const TAIL_AT = 2 * LINE;
const THREADS_AT = 3 * LINE;

/** Acquisitions that may wait at the same time, unless told. */
const DEFAULT_WAITERS = 1_024;
const MAX_WAITERS = 65_536;

export const fifoGuarantees: LockGuarantees = {
  scope: "threads",
  exclusive: true,
  fifo: true,
  blocking: true,
  tokens: "memory",
  ownerDeath: "immediate",
};

export interface FifoOptions extends LockOptions {
  /**
   * Acquisitions that may stand in line at the same time, 1 to 65 536; one more gets `QUEUE_FULL`. An
   * acquisition that has given up keeps its place until those before it are served. Default 1 024.
   */
  readonly maxWaiters?: number;
}

/**
 * Mutual exclusion between threads that share memory, granted strictly in order of arrival.
 *
 * **Fairness**: first come, first served, over threads and over synchronous and asynchronous
 * acquisitions alike. A release hands the lock to the next in line even if that one sleeps, so under
 * contention every section costs a wake-up: use FutexMutex where throughput matters more than order.
 *
 * **Crash behaviour**: a dead waiter is passed over; a dead holder's lock goes to the next in line,
 * whose guard says `abandoned`. Noticed as in FutexMutex. Where a thread that has ended may run on, it
 * is passed over as a waiter, and as the holder it loses the lock, as in FutexMutex.
 *
 * **Memory ordering**: as in FutexMutex. The ring is described in fifo-ring.ts.
 */
export class FifoMutex extends MemoryLock {
  readonly guarantees: LockGuarantees;
  readonly #ring: FifoRing;
  readonly #places = new Map<PendingAcquire<SyncGuard>, Place>();

  /** Makes the memory of a new, free mutex. */
  static create(module: string, options?: FifoOptions): Handle {
    const { tokensAbove, maxContenders } = checkLockOptions(options);
    const waiters = checkInteger(
      "maxWaiters",
      options?.maxWaiters ?? DEFAULT_WAITERS,
      1,
      MAX_WAITERS,
    );
    const size = 2 ** Math.ceil(Math.log2(waiters + 1)); // one entry more: the holder's
    const words = createRegion("fifo", regionWords(maxContenders, size));
    words[ROOM_AT] = maxContenders;
    words[SIZE_AT] = size;
    FifoRing.initialize(words, layoutOf(words));
    startTokensAbove(words, TOKEN_AT, tokensAbove);
    return regionHandle(module, "fifo", words);
  }

  /** Opens the mutex behind a handle. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
  constructor(handle: Handle, platform: ThreadPlatform) {
    const words = openRegion(handle, platform.module, "fifo", wordsOf);
    const threads = new ThreadTable(words, THREADS_AT, words[ROOM_AT]!, platform);
    const endings = endingsOf(platform, threads);
    const isEnded =
      endings === undefined ? undefined : (owner: number): boolean => endings.isEnded(owner);
    const ring = new FifoRing(words, layoutOf(words), undefined, isEnded);
    const me = threads.enter((member) => ring.recover(member));
    super({
      handle,
      words,
      tokenAt: TOKEN_AT,
      rescuesAt: RESCUES_AT,
      threads,
      platform,
      me,
      endings,
    });
    this.guarantees = guaranteesOn(platform, fifoGuarantees);
    this.#ring = ring;
  }

  protected override tryTakeUnmarked(): boolean {
    return false; // the line has to be looked at in any case
  }

  protected override tryTake(): boolean {
    return this.#ring.tryEnter(this.me);
  }

  protected override free(): boolean {
    return this.#ring.release(this.me);
  }

  protected override letGo(): void {
    this.#ring.letGo(this.me);
  }

  protected override takeBlocking(deadlineMs: number): BlockingWait {
    // Whatever of this thread stands in line before would have to be served first, by this thread.
    if (this.#ring.someOwner((owner) => this.threads.isThisThread(owner))) return "deadlock";
    const place = this.#ring.enter(this.me);
    if (place === undefined) return "full";
    this.beginWaiting(); // after it has its place: whoever sees it wait comes behind it
    const end = this.#ring.spin(place) ? "taken" : this.#sleepUntil(place, deadlineMs);
    this.endWaiting();
    return end;
  }

  #sleepUntil(place: Place, deadlineMs: number): BlockingWait {
    for (;;) {
      // Once in line: whoever finds the lock lost later ends the wait of all who stand there.
      const refused = this.isRefused();
      const restMs = deadlineMs - performance.now();
      if (refused || restMs <= 0) {
        this.#ring.leave(place);
        return refused ? "lost" : "timed-out";
      }
      const end = this.#ring.sleep(place, Math.min(restMs, looks.intervalMs));
      if (end === "timed-out") this.lookForDeath();
      if (this.#ring.holds(place)) return "taken";
      if (this.#ring.isOver(place)) return "lost";
    }
  }

  protected override enqueue(pending: PendingAcquire<SyncGuard>): boolean {
    const place = this.#ring.enter(this.me);
    if (place === undefined) return false;
    this.beginWaiting();
    this.#places.set(pending, place);
    void this.#serve(pending, place);
    return true;
  }

  protected override dequeue(pending: PendingAcquire<SyncGuard>): void {
    const place = this.#places.get(pending);
    this.#places.delete(pending);
    if (place === undefined) return;
    this.#ring.leave(place);
    Atomics.notify(this.words, place.at); // ends our own wait for it
  }

  /** Waits for one acquisition's turn. */
  async #serve(pending: PendingAcquire<SyncGuard>, place: Place): Promise<void> {
    while (!this.#ring.holds(place)) {
      if (this.isRefused() || this.#ring.isOver(place))
        return this.refuse(pending, this.lineRefusal());
      const wait = Atomics.waitAsync(
        this.words as Int32Array<SharedArrayBuffer>,
        place.at,
        place.waiting,
      ); // pairs with the notify in advance
      if (wait.async) await wait.value;
      if (!this.#places.has(pending)) return; // gave up
    }
    this.#places.delete(pending);
    this.grant(pending);
  }

  protected override lookForDeath(): void {
    this.#ring.advance(); // a thread that died while leaving may have left HEAD behind
    super.lookForDeath();
    // A thread that died between handing the lock over and telling has told nobody.
    for (const place of this.#places.values()) {
      if (this.#ring.holds(place) || this.#ring.isOver(place)) Atomics.notify(this.words, place.at);
    }
  }

  protected override recoverMember(member: number): void {
    this.#ring.recover(member);
  }

  protected override loseMember(member: number): void {
    this.#ring.lose(member);
  }

  protected override takeOver(member: number): boolean {
    return this.#ring.takeOver(member, this.me);
  }

  protected override abandon(): void {
    // Not what an earlier death has left there: a lost holder that is about to say that all is well must not say it of this.
    Atomics.store(this.words, ABANDONED_AT, this.query().token | 1);
  }

  protected override isLost(): boolean {
    return this.#ring.isLost();
  }

  protected override holder(): number {
    return this.#ring.holder();
  }

  protected override isAbandoned(): boolean {
    return Atomics.load(this.words, ABANDONED_AT) !== 0;
  }

  protected override clearAbandoned(): void {
    const seen = Atomics.load(this.words, ABANDONED_AT);
    if (!this.isLost()) Atomics.compareExchange(this.words, ABANDONED_AT, seen, 0);
  }
}

function layoutOf(words: Int32Array): FifoLayout {
  const entriesAt = THREADS_AT + ThreadTable.words(words[ROOM_AT]!);
  return {
    headAt: HEAD_AT,
    tailAt: TAIL_AT,
    abandonedAt: ABANDONED_AT,
    entriesAt,
    size: words[SIZE_AT]!,
  };
}

function regionWords(room: number, size: number): number {
  return THREADS_AT + ThreadTable.words(room) + FifoRing.words(size);
}

function wordsOf(words: Int32Array): number {
  return regionWords(withinOrNaN(words[ROOM_AT], 1, MAX_ROOM), powerOfTwoOrNaN(words[SIZE_AT]));
}
