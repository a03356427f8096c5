import {
  type AcquireOptions,
  type BlockingLock,
  checkAcquireOptions,
  checkTimeoutMs,
  type Handle,
  type LockGuarantees,
  type LockState,
  type MaybePromise,
  type ResettableLock,
  runExclusive,
  type SyncGuard,
  type TicketlockError,
} from "@ticketlock/core";
import type { DirectSteps } from "./direct-memory.ts";
import { type Endings, STANDSTILL_MS } from "./endings.ts";
import { FastWord } from "./fast-word.ts";
import { isLastToken, issueToken, lastToken, TokensAmongOthers } from "./fencing-tokens.ts";
import { looks } from "./looks.ts";
import { AbandonedGuard, type HoldOwner, MemoryGuard } from "./memory-guard.ts";
import {
  closed,
  deadlock,
  endedHere,
  full,
  holderLost,
  lost,
  type PendingAcquire,
  takenForDead,
  timedOut,
} from "./pending-acquire.ts";
import type { Members, Recoverable } from "./members.ts";
import { PendingLine } from "./pending-line.ts";
import type { ThreadPlatform } from "./thread-platform.ts";

/** What a memory lock stands on. */
export interface LockMemory {
  readonly handle: Handle;
  readonly words: Int32Array;
  readonly tokenAt: number;
  /** Counts deaths that a waiter found out by looking. */
  readonly rescuesAt: number;
  readonly threads: Members;
  readonly platform: Pick<ThreadPlatform, "onEnd">;
  /** The calling thread's number in the table. */
  readonly me: number;
  /** Where a thread that has ended may run on. */
  readonly endings?: Endings | undefined;
  /** Steps that reach the words more directly than Atomics do. */
  readonly direct?: DirectSteps | undefined;
  /** The lock's word is the even one before the token, and free when it is 0. */
  readonly isBesideToken?: boolean;
}

/**
 * How a blocking wait ended. `deadlock`: the thread would have to release something first; `lost`:
 * its place was given up because it was taken for dead, or the lock's holder was ended.
 */
export type BlockingWait = "taken" | "timed-out" | "deadlock" | "full" | "lost";

/**
 * What FutexMutex and FifoMutex share: membership, tokens, guards, time limits and signals, looking
 * after dead holders, closing. How waiters line up is left to them.
 */
export abstract class MemoryLock implements BlockingLock, ResettableLock, HoldOwner, Recoverable {
  abstract readonly guarantees: LockGuarantees;
  readonly handle: Handle;
  protected readonly words: Int32Array;
  protected readonly threads: Members;
  protected readonly me: number;
  protected isClosed = false;
  readonly #platform: LockMemory["platform"];
  readonly #tokenAt: number;
  readonly #rescuesAt: number;
  /** Undefined where whoever has ended runs no more: then nothing is lost. */
  readonly #endings: Endings | undefined;
  /** Issues tokens where there are endings. */
  protected readonly tokens: TokensAmongOthers;
  /** Low word of the token of this opening's last hold; kept only where somebody who has lost the lock may issue another. */
  #hold = 0;
  /** Acquisitions of this thread that wait without blocking. */
  readonly #line = new PendingLine({
    enqueue: (pending) => this.enqueue(pending),
    dequeue: (pending) => this.dequeue(pending),
    endWaiting: () => this.endWaiting(),
    lookForDeath: () => this.lookForDeath(),
  });
  #lastLookMs = -Infinity;
  /** A hold of an ended member that a look has come upon, and when. */
  #suspect = { holder: 0, token: 0, sinceMs: 0 };

  protected constructor(memory: LockMemory) {
    this.handle = memory.handle;
    this.words = memory.words;
    this.threads = memory.threads;
    this.#platform = memory.platform;
    this.#tokenAt = memory.tokenAt;
    this.#rescuesAt = memory.rescuesAt;
    this.me = memory.me;
    this.#endings = memory.endings;
    this.tokens = new TokensAmongOthers(
      memory.words,
      memory.tokenAt,
      new FastWord(memory.words, memory.tokenAt, memory.direct?.compareExchange),
      memory.isBesideToken === true ? memory.direct?.takeAndIssue : undefined,
    );
  }

  /** Fast path: takes the lock if it is free, nobody waits and no holder has died. May always say no. */
  protected abstract tryTakeUnmarked(): boolean;
  /** Takes the lock if that takes no waiting. */
  protected abstract tryTake(): boolean;
  /** Waits, blocking the thread, and counts it meanwhile, until the lock is taken or `deadlineMs` on performance.now() has passed. */
  protected abstract takeBlocking(deadlineMs: number): BlockingWait;
  /** Begins to wait for `pending` without blocking, and counts it. False if there is no room to. */
  protected abstract enqueue(pending: PendingAcquire<SyncGuard>): boolean;
  /** Takes `pending` out of the line; what it was given meanwhile goes to the next. */
  protected abstract dequeue(pending: PendingAcquire<SyncGuard>): void;
  /** Frees the lock. False if this thread does not hold it. */
  protected abstract free(): boolean;
  /** Gives up what the calling thread, which was ended, has taken, so that it goes to the next one. */
  protected abstract letGo(): void;
  /** Frees what a dead member held and takes it out of the line. */
  protected abstract recoverMember(member: number): void;
  /** The member who holds the lock, 0 if it is free. */
  protected abstract holder(): number;
  protected abstract isAbandoned(): boolean;
  protected abstract clearAbandoned(): void;
  /** The member was ended but may run on: what it holds is lost, and it stands in line no more. Only where there are endings. */
  protected abstract loseMember(member: number): void;
  /** Takes over what the member has lost. False if it was not lost, or is no more. */
  protected abstract takeOver(member: number): boolean;
  /** The calling thread, which holds the lock, says on behalf of a former holder that the data may be half changed. */
  protected abstract abandon(): void;

  tryAcquireSync(): SyncGuard | undefined {
    if (this.isClosed) throw closed();
    if (this.tryTakeUnmarked()) return this.guard(false);
    return this.#tryTakeOrLook() ? this.guard(this.isAbandoned()) : undefined;
  }

  tryAcquire(): SyncGuard | undefined {
    return this.tryAcquireSync();
  }

  acquireSync(options?: { readonly timeoutMs?: number }): SyncGuard {
    // Little enough for engines to compile it into whoever calls it.
    if (options === undefined && !this.isClosed && this.tryTakeUnmarked()) return this.guard(false);
    return this.acquireSlowly(options);
  }

  /** Not a private method: for a call of one, if never made, JavaScriptCore does not compile acquireSync into its caller, at 6 ns a hold. */
  protected acquireSlowly(options: { readonly timeoutMs?: number } | undefined): SyncGuard {
    // First: reading an option may run the caller's code, which may close this lock.
    const timeoutMs = options === undefined ? Infinity : checkTimeoutMs(options.timeoutMs);
    if (this.isClosed) throw closed();
    if (this.#tryTakeOrLook()) return this.guard(this.isAbandoned());
    if (timeoutMs === 0) throw timedOut(0);
    const end = this.takeBlocking(
      timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs,
    );
    if (end === "taken") return this.guard(this.isAbandoned());
    switch (end) {
      case "timed-out":
        throw timedOut(timeoutMs);
      case "deadlock":
        throw deadlock();
      case "full":
        throw full();
      case "lost":
        throw this.lineRefusal();
    }
  }

  /** Why the calling thread's place in the line was given up. */
  protected lineRefusal(): TicketlockError {
    if (this.#endings === undefined) return takenForDead();
    return this.#endings.wasEnded(this.me) ? endedHere() : holderLost();
  }

  /** True if who waits must not go on: the lock is lost, or the calling thread was ended itself. */
  protected isRefused(): boolean {
    return this.#endings !== undefined && (this.#endings.wasEnded(this.me) || this.isLost());
  }

  /**
   * True if what the lock's holder held when it was ended is lost. Not while one who was ended has
   * just taken the lock and is about to let go.
   */
  protected abstract isLost(): boolean;

  protected isEnded(member: number): boolean {
    return member !== 0 && this.#endings !== undefined && this.#endings.isEnded(member);
  }

  #checkNotRefused(): void {
    if (!this.isRefused()) return;
    this.lookForDeath();
    if (this.isRefused()) throw this.lineRefusal();
  }

  acquire(options?: AcquireOptions): Promise<SyncGuard> {
    try {
      const { timeoutMs, signal } =
        options === undefined ? unbounded : checkAcquireOptions(options);
      if (this.isClosed) throw closed();
      // Who already waits in this thread goes first.
      if (this.#line.isEmpty) {
        if (this.tryTakeUnmarked()) return Promise.resolve(this.guard(false));
        if (this.#tryTakeOrLook()) return Promise.resolve(this.guard(this.isAbandoned()));
      }
      if (timeoutMs === 0) throw timedOut(0);
      return this.#line.wait(timeoutMs, signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Takes the lock if that takes no waiting. Who only ever tries would not learn of a death: it looks as well, now and then. */
  #tryTakeOrLook(): boolean {
    if (this.tryTake()) return true;
    this.#checkNotRefused();
    const nowMs = performance.now();
    if (nowMs - this.#lastLookMs < looks.intervalMs) return false;
    this.#lastLookMs = nowMs;
    this.lookForDeath();
    return this.tryTake();
  }

  protected beginWaiting(): void {
    this.threads.countWaiting(this.me, 1);
  }

  protected endWaiting(): void {
    this.threads.countWaiting(this.me, -1);
  }

  /** The first acquisition of this thread that waits without blocking. */
  protected firstPending(): PendingAcquire<SyncGuard> | undefined {
    return this.#line.first;
  }

  /** The calling thread has the lock, and it is `pending` that gets it. */
  protected grant(pending: PendingAcquire<SyncGuard>): void {
    this.#line.grant(pending, () => this.guard(this.isAbandoned()));
  }

  protected refuse(pending: PendingAcquire<SyncGuard>, reason: unknown): void {
    this.#line.refuse(pending, reason);
  }

  runExclusive<T>(
    section: (guard: SyncGuard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return runExclusive<SyncGuard, T>(this, section, options);
  }

  /** A guard for the hold that the calling thread has just taken. */
  protected guard(abandoned: boolean): SyncGuard {
    if (this.#endings !== undefined) return this.guardUnlessEnded(this.#endings, abandoned);
    const low = issueToken(this.words, this.#tokenAt);
    const high = this.words[this.#tokenAt + 1]!;
    return abandoned ? new AbandonedGuard(this, low, high) : new MemoryGuard(this, low, high);
  }

  /**
   * Whoever was ended gets no grant: it lets go of what it has taken. The token comes before the look:
   * one who is marked after the look has a token lower than what a reset raises it to.
   *
   * Not a private method, as `acquireSlowly`: most runtimes never call it.
   */
  protected guardUnlessEnded(endings: Endings, abandoned: boolean): SyncGuard {
    const tokens = this.tokens;
    tokens.issue();
    if (endings.wasEnded(this.me)) {
      this.letGo();
      throw endedHere();
    }
    const { low, high } = tokens;
    this.#hold = low;
    return abandoned ? new AbandonedGuard(this, low, high) : new MemoryGuard(this, low, high);
  }

  /** Whether it is the present hold's token: a hold that ended before, while this thread has taken another, has none. */
  #isPresent(tokenLow: number): boolean {
    return this.#endings === undefined
      ? isLastToken(this.words, this.#tokenAt, tokenLow)
      : this.#hold === tokenLow;
  }

  endHold(tokenLow: number): void {
    if (!this.#isPresent(tokenLow) || !this.free()) throw lost();
    if (this.isClosed) this.threads.leave(this.me);
  }

  markConsistent(tokenLow: number): void {
    if (this.holder() !== this.me || !this.#isPresent(tokenLow) || this.isLost()) throw lost();
    this.clearAbandoned();
  }

  /**
   * Frees a lost lock for whoever comes next, whose guard says `abandoned`, and raises its token: what
   * `query` then tells is higher than the former holder's, so a store that has been read with it refuses
   * that one. Does nothing if the lock is not lost.
   */
  reset(): void {
    if (this.isClosed) throw closed();
    this.lookForDeath();
    const holder = this.holder();
    if (!this.isLost() || !this.takeOver(holder)) return;
    // As its holder: a living one's token is never overtaken.
    this.tokens.issue();
    this.abandon();
    this.free();
  }

  query(): LockState {
    const holder = this.holder();
    return {
      held: holder !== 0,
      ...(holder === 0 ? {} : { holder: this.threads.holderInfo(holder) }),
      token: lastToken(this.words, this.#tokenAt),
      waiters: this.threads.waiting(),
      abandoned: this.isAbandoned(),
      ...(this.isLost() ? { lost: true } : {}),
    };
  }

  /** Deaths that a waiter had to find out by looking, because nobody told. */
  get rescues(): number {
    return Atomics.load(this.words, this.#rescuesAt);
  }

  recover(threadId: number): void {
    if (this.isClosed) return; // whoever still has it open is told as well, or looks
    if (this.#endings === undefined) this.threads.markThread(threadId);
    else this.#endings.markEnded(threadId, (member) => this.loseMember(member));
    this.#recoverDead();
  }

  #recoverDead(): void {
    this.threads.recoverDead((member) => this.recoverMember(member));
  }

  /** Frees the lock at once, or takes it for lost, when the thread behind `worker`, the runtime's worker object, ends while it holds it. */
  watch(worker: unknown): void {
    this.#platform.onEnd(worker, (threadId) => this.recover(threadId));
  }

  /**
   * A waiter's look: a bounded wait is how a death is noticed that nobody tells of. It also takes over
   * what somebody who noticed it before has died over.
   */
  protected lookForDeath(): void {
    const holder = this.holder();
    if (holder !== 0 && this.threads.markIfGone(holder)) {
      Atomics.add(this.words, this.#rescuesAt, 1);
    }
    this.#recoverDead();
    if (this.isEnded(holder) && this.#keepsHold(holder)) this.loseMember(holder);
  }

  /**
   * Whether the ended member has had its hold for so long that it will not let go by itself: one that
   * was past its last look when it was ended may still take a free lock, look at its mark, and let go.
   */
  #keepsHold(holder: number): boolean {
    const token = this.words[this.#tokenAt]!;
    const nowMs = performance.now();
    const { holder: former, token: formerToken, sinceMs } = this.#suspect;
    if (holder === former && token === formerToken) return nowMs - sinceMs >= STANDSTILL_MS;
    this.#suspect = { holder, token, sinceMs: nowMs };
    return false;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#line.refuseAll(closed);
    if (this.holder() !== this.me) this.threads.leave(this.me); // else the last guard's release does
  }
}

const unbounded: { readonly timeoutMs: number; readonly signal: undefined } = {
  timeoutMs: Infinity,
  signal: undefined,
};
