import type { Handle, LockGuarantees, LockOptions, SyncGuard } from "@ticketlock/core";
import { createDirectMemory } from "./direct-memory.ts";
import { FastWord } from "./fast-word.ts";
import { startTokensAbove } from "./fencing-tokens.ts";
import { ABANDONED, FutexWord, HOLDER, SLEEPERS } from "./futex-word.ts";
import { endingsOf, guaranteesOn } from "./thread-endings.ts";
import { type BlockingWait, MemoryLock } from "./memory-lock.ts";
import type { PendingAcquire } from "./pending-acquire.ts";
import {
  createRegion,
  LINE,
  openDirectRegion,
  regionHandle,
  withinOrNaN,
} from "./shared-region.ts";
import type { ThreadPlatform } from "./thread-platform.ts";
import { ThreadTable } from "./thread-table.ts";
import { checkLockOptions, MAX_ROOM } from "./lock-options.ts";
import { looks } from "./looks.ts";

/** Words of the region, in lines of 128 bytes. The token shares the word's line: whoever took the word has it at hand. */
const ROOM_AT = 3;
const RESCUES_AT = 4;
const WORD_AT = LINE;
const TOKEN_AT = WORD_AT + 1;
const ASYNC_AT = 2 * LINE;
const THREADS_AT = 3 * LINE;

export const futexGuarantees: LockGuarantees = {
  scope: "threads",
  exclusive: true,
  fifo: false,
  blocking: true,
  tokens: "memory",
  ownerDeath: "immediate",
};

/**
 * Mutual exclusion between threads that share memory, for the price of two compare-and-sets when
 * nobody else wants it.
 *
 * **Fairness**: barging. A thread that comes just as the lock is freed may take it before one that
 * has waited; no bound on how often. FifoMutex has one.
 *
 * **Crash behaviour**: when a holder's thread ends, the lock is freed and the next guard says
 * `abandoned`, as soon as `recover` is told or a waiter's look finds the thread gone. Where a thread
 * that has ended may run on, `recover` makes the lock lost instead: acquisitions get `LOCK_LOST`
 * until `reset`.
 *
 * **Memory ordering**: what a holder did before its release is seen by the next one after its
 * acquisition (sequentially consistent compare-and-set on both sides). Where a thread that has ended may
 * run on, the lock is taken by one of 64 bits and freed by one of 32: the letter of ECMAScript's memory
 * model orders only accesses of the same range, while the processors' locked instructions, of which they
 * are compiled, order these as well.
 */
export class FutexMutex extends MemoryLock {
  readonly guarantees: LockGuarantees;
  readonly #word: FutexWord;
  readonly #fast: FastWord;
  /** One who has lost the lock may issue a token: then taking and issuing are better one step than two. */
  readonly #mayBeEnded: boolean;
  #awaiting = false;

  /**
   * Makes the memory of a new, free mutex.
   * @param direct - in WebAssembly's memory if it is to be had: for engines in which a compare-and-set
   * is cheaper there
   */
  static create(module: string, options?: LockOptions, direct: boolean = false): Handle {
    const { tokensAbove, maxContenders } = checkLockOptions(options);
    const size = regionWords(maxContenders);
    const memory = direct ? createDirectMemory(size * 4, true)?.memory : undefined;
    const words = createRegion("futex", size, memory?.buffer as SharedArrayBuffer | undefined);
    words[ROOM_AT] = maxContenders;
    startTokensAbove(words, TOKEN_AT, tokensAbove);
    return regionHandle(module, "futex", words, memory);
  }

  /** Opens the mutex behind a handle. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
  constructor(handle: Handle, platform: ThreadPlatform) {
    const { region: words, direct } = openDirectRegion(handle, platform.module, "futex", wordsOf);
    const threads = new ThreadTable(words, THREADS_AT, words[ROOM_AT]!, platform);
    const endings = endingsOf(platform, threads);
    const word = new FutexWord(words, WORD_AT, ASYNC_AT, undefined, (member) =>
      threads.isEnded(member),
    );
    const me = threads.enter((member) => word.recover(member));
    super({
      handle,
      words,
      tokenAt: TOKEN_AT,
      rescuesAt: RESCUES_AT,
      threads,
      platform,
      me,
      endings,
      direct,
      isBesideToken: true,
    });
    this.#mayBeEnded = endings !== undefined;
    this.guarantees = guaranteesOn(platform, futexGuarantees);
    this.#word = word;
    this.#fast = new FastWord(words, WORD_AT, direct?.compareExchange);
  }

  protected override tryTakeUnmarked(): boolean {
    if (this.#mayBeEnded && this.tokens.tryTake(this.me)) return true;
    return this.#fast.compareExchange(0, this.me) === 0;
  }

  protected override tryTake(): boolean {
    return this.#word.tryTake(this.me);
  }

  protected override free(): boolean {
    // Fast path: nobody has marked the word.
    if (this.#fast.compareExchange(this.me, 0) === this.me) return true;
    return this.#word.release(this.me);
  }

  protected override letGo(): void {
    this.#word.letGo(this.me);
  }

  protected override takeBlocking(deadlineMs: number): BlockingWait {
    if (this.#word.spin(this.me)) return "taken";
    this.beginWaiting();
    const end = this.#sleepUntil(deadlineMs);
    this.endWaiting();
    return end;
  }

  #sleepUntil(deadlineMs: number): BlockingWait {
    let owes = false;
    for (;;) {
      const holder = this.holder();
      const restMs = deadlineMs - performance.now();
      const deadlocked = holder !== 0 && this.threads.isThisThread(holder);
      if (deadlocked || restMs <= 0) {
        // One more try: the last look may have freed what a dead holder held.
        if (!deadlocked && this.#word.tryTake(this.me, owes ? SLEEPERS : 0)) return "taken";
        this.#word.leave(owes);
        return deadlocked ? "deadlock" : "timed-out";
      }
      if (this.isRefused()) {
        this.#word.leave(owes);
        return "lost";
      }
      const sleep = this.#word.sleep(this.me, owes, Math.min(restMs, looks.intervalMs));
      if (sleep.taken) return "taken";
      if (sleep.timedOut) this.lookForDeath();
      owes = sleep.owes;
    }
  }

  protected override enqueue(): boolean {
    this.beginWaiting();
    if (!this.#awaiting) void this.#serve();
    return true;
  }

  protected override dequeue(_pending: PendingAcquire<SyncGuard>): void {
    // Nothing was handed to it: all asynchronous waiters are told of a release, so none can keep it.
    if (this.firstPending() === undefined && this.#awaiting) this.#word.wakeAsync(); // let the wait end with the last waiter
  }

  /** Tries for the first of this thread's waiters, and awaits a release between the tries. */
  async #serve(): Promise<void> {
    this.#awaiting = true;
    for (let pending = this.firstPending(); pending !== undefined; pending = this.firstPending()) {
      // Who was ended would only take the lock to let it go.
      if (this.isRefused()) {
        this.refuse(pending, this.lineRefusal());
        continue;
      }
      const attempt = this.#word.tryTakeOrMark(this.me);
      if (attempt === "taken") {
        this.grant(pending);
        continue;
      }
      // Once more: who finds the lock lost later changes the async word.
      if (this.isRefused()) continue;
      const wait = Atomics.waitAsync(
        this.words as Int32Array<SharedArrayBuffer>,
        ASYNC_AT,
        attempt,
      ); // pairs with wakeAsync
      if (wait.async) await wait.value;
    }
    this.#awaiting = false;
  }

  protected override lookForDeath(): void {
    super.lookForDeath();
    // A thread that died between freeing the lock and telling has told nobody: try again.
    if (this.#awaiting) this.#word.wakeAsync();
  }

  protected override recoverMember(member: number): void {
    this.#word.recover(member);
  }

  protected override loseMember(member: number): void {
    this.#word.lose(member);
  }

  protected override takeOver(member: number): boolean {
    return this.#word.takeOver(member, this.me);
  }

  protected override abandon(): void {
    // The word says so since it was taken over.
  }

  protected override isLost(): boolean {
    return this.#word.isLost();
  }

  protected override holder(): number {
    return Atomics.load(this.words, WORD_AT) & HOLDER;
  }

  protected override isAbandoned(): boolean {
    return (Atomics.load(this.words, WORD_AT) & ABANDONED) !== 0;
  }

  protected override clearAbandoned(): void {
    this.#word.markConsistent(this.me);
  }
}

function regionWords(room: number): number {
  return THREADS_AT + ThreadTable.words(room);
}

function wordsOf(words: Int32Array): number {
  return regionWords(withinOrNaN(words[ROOM_AT], 1, MAX_ROOM));
}
