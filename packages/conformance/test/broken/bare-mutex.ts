import { threadId } from "node:worker_threads";
import {
  type AcquireOptions,
  type BlockingLock,
  checkAcquireOptions,
  checkTimeoutMs,
  type Handle,
  type LockGuarantees,
  type LockState,
  type MaybePromise,
  runExclusive,
  type SyncGuard,
  TicketlockError,
} from "@ticketlock/core";

/** What can be wrong with a bare mutex. None of them: it is sound. */
export interface BareDefect {
  /** Takes the word by a load and a store. */
  readonly loadThenStore?: boolean;
  /** Lets everyone in. */
  readonly neverExcludes?: boolean;
  /** Wakes one waiter and only if the word is marked; a waiter that was woken takes it unmarked. */
  readonly dropsMark?: boolean;
  readonly notifiesNobody?: boolean;
  /** A death is noticed by nobody. */
  readonly neverRecovers?: boolean;
  /** A death is noticed by somebody who looks every five seconds. */
  readonly recoversLate?: boolean;
  /** Waits by looking again and again. */
  readonly busyWaits?: boolean;
  /** Any guard frees the lock, whoever holds it, as often as it is released. */
  readonly strangerFrees?: boolean;
  /** A guard that is released again ends a later hold of the same thread. */
  readonly doubleReleaseFrees?: boolean;
  /** Blocks a thread that waits for itself. */
  readonly noDeadlockCheck?: boolean;
  /** Waits without anything that keeps the process alive. */
  readonly letsProcessEnd?: boolean;
  /** Whoever came last goes first. */
  readonly unfair?: boolean;
  /** Counts a dead waiter for ever. */
  readonly countsTheDead?: boolean;
  /** Who takes a dead holder's word takes it unmarked, as if nobody else waited (as glibc's bug 20973 had it). */
  readonly dropsMarkOnTakeOver?: boolean;
  /** A dead holder's word is freed, but nobody is told. */
  readonly wakesNobodyAfterDeath?: boolean;
  /** Wakes one waiter at a time, and nobody else if that one dies before it takes the word. */
  readonly wakesTheDying?: boolean;
  /** Its tokens start from 0 again, whatever an earlier lock has given. */
  readonly forgetsFloor?: boolean;
  /** Whoever waits with `acquire` is given the word while its thread may be busy elsewhere. */
  readonly grantsToBusy?: boolean;
}

/** The word's layout: 0 is free, else the holder's thread number plus one; the mark says that somebody waits. */
const WORD = 0;
const TOKEN_HIGH = 1;
const TOKEN_LOW = 2;
const ABANDONED = 3;
/** A thread that waits with `acquire`, plus one. */
const ASYNC = 4;
const WAITING_AT = 16;
const THREADS = 1024;
const MARK = 1 << 30;
const TOKEN_BITS = 2 ** 26;

const LOOK_MS = 5;
const LATE_MS = 5_000;

/** The memory of a new bare mutex. */
export function createBareMutex(tokensAbove = 0): Int32Array {
  const words = new Int32Array(new SharedArrayBuffer(4 * (WAITING_AT + THREADS)));
  words[TOKEN_HIGH] = Math.floor(tokensAbove / TOKEN_BITS);
  words[TOKEN_LOW] = tokensAbove % TOKEN_BITS;
  return words;
}

/**
 * A small mutex that is easy to break at the word: every release wakes everyone, and deaths are
 * noticed by the parent's event loop alone, which is also what is wrong with it when nothing else is.
 */
export class BareMutex implements BlockingLock {
  static readonly open: Set<BareMutex> = new Set<BareMutex>();
  readonly handle: Handle;
  readonly guarantees: LockGuarantees;
  readonly #words: Int32Array;
  readonly #defect: BareDefect;
  readonly #me = threadId + 1;
  readonly #closing = new AbortController();

  constructor(handle: Handle, guarantees: LockGuarantees, words: Int32Array, defect: BareDefect) {
    this.handle = handle;
    this.guarantees = guarantees;
    this.#words = words;
    this.#defect = defect;
    BareMutex.open.add(this);
  }

  tryAcquireSync(): SyncGuard | undefined {
    this.#checkOpen();
    return this.#take(false) ? this.#guard() : undefined;
  }

  tryAcquire(): SyncGuard | undefined {
    return this.tryAcquireSync();
  }

  acquireSync(options: { readonly timeoutMs?: number } = {}): SyncGuard {
    this.#checkOpen();
    const deadline = performance.now() + checkTimeoutMs(options.timeoutMs);
    if (this.#take(false)) return this.#guard();
    this.#count(1);
    try {
      for (;;) {
        const restMs = deadline - performance.now();
        if (restMs <= 0) throw error("LOCK_TIMEOUT");
        const seen = this.#seenAfterMark();
        if (!this.#defect.noDeadlockCheck && (seen & ~MARK) === this.#me)
          throw error("LOCK_DEADLOCK");
        // A free word is not waited for: nobody would change it.
        if (seen !== 0 && !this.#defect.busyWaits) Atomics.wait(this.#words, WORD, seen, restMs);
        if (this.#defect.unfair) Atomics.wait(this.#words, WAITING_AT - 1, 0, this.#unfairMs());
        if (this.#take(true)) return this.#guard();
      }
    } finally {
      this.#count(-1);
    }
  }

  async acquire(options?: AcquireOptions): Promise<SyncGuard> {
    this.#checkOpen();
    const { timeoutMs, signal } = checkAcquireOptions(options);
    if (this.#take(false)) return this.#guard();
    if (timeoutMs === 0) throw error("LOCK_TIMEOUT");
    this.#count(1);
    const alive = this.#defect.letsProcessEnd ? undefined : setInterval(() => {}, LOOK_MS);
    let timer: NodeJS.Timeout | undefined;
    const givenUp = Promise.withResolvers<never>();
    givenUp.promise.catch(() => undefined);
    if (timeoutMs !== Infinity)
      timer = setTimeout(() => givenUp.reject(error("LOCK_TIMEOUT")), timeoutMs);
    const onAbort = (): void => givenUp.reject(signal?.reason);
    const onClose = (): void => givenUp.reject(error("LOCK_CLOSED"));
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#closing.signal.addEventListener("abort", onClose, { once: true });
    try {
      return await this.#awaitTurn(givenUp.promise);
    } finally {
      clearInterval(alive);
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      this.#closing.signal.removeEventListener("abort", onClose);
      this.#count(-1);
    }
  }

  async #awaitTurn(givenUp: Promise<never>): Promise<SyncGuard> {
    const words = this.#words as Int32Array<SharedArrayBuffer>;
    for (;;) {
      if (this.#defect.grantsToBusy) Atomics.compareExchange(words, ASYNC, 0, this.#me);
      const seen = this.#seenAfterMark();
      if (this.#defect.busyWaits) await Promise.race([new Promise(setImmediate), givenUp]);
      else if (seen !== 0)
        await Promise.race([Atomics.waitAsync(words, WORD, seen).value, givenUp]);
      if (this.#defect.unfair) {
        await Promise.race([
          new Promise((resolve) => setTimeout(resolve, this.#unfairMs())),
          givenUp,
        ]);
      }
      // What was decided in the same turn comes first: nobody takes the lock after it gave up.
      await Promise.race([givenUp, Promise.resolve()]);
      if (this.#take(true)) return this.#guard();
    }
  }

  runExclusive<T>(
    section: (guard: SyncGuard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return runExclusive<SyncGuard, T>(this, section, options);
  }

  query(): LockState {
    const holder = Atomics.load(this.#words, WORD) & ~MARK;
    let waiters = 0;
    for (let i = 0; i < THREADS; i++) waiters += Atomics.load(this.#words, WAITING_AT + i);
    return {
      held: holder !== 0,
      ...(holder === 0 ? {} : { holder: { id: holder - 1 } }),
      token: this.#token(),
      waiters,
      abandoned: Atomics.load(this.#words, ABANDONED) !== 0,
    };
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    BareMutex.open.delete(this);
    this.#closing.abort();
  }

  /** Frees what a dead thread held. */
  recover(thread: number): void {
    const at = WAITING_AT + (thread % THREADS);
    if (!this.#defect.countsTheDead) Atomics.store(this.#words, at, 0);
    const word = Atomics.load(this.#words, WORD);
    if (this.#defect.neverRecovers) return;
    // It may have freed the word and died before it told anybody, or have died of what it was told.
    if ((word & ~MARK) !== thread + 1) {
      if (!this.#defect.wakesTheDying && !this.#defect.wakesNobodyAfterDeath)
        Atomics.notify(this.#words, WORD);
      return;
    }
    Atomics.store(this.#words, ABANDONED, 1);
    if (this.#defect.wakesNobodyAfterDeath) Atomics.store(this.#words, WORD, 0);
    else if (this.#defect.recoversLate) setTimeout(() => this.#free(), LATE_MS).unref();
    else this.#free();
  }

  /** Ends the hold of a guard; `live` if it has not been released before. */
  release(live: boolean): void {
    const mine = (Atomics.load(this.#words, WORD) & ~MARK) === this.#me;
    if (this.#defect.strangerFrees || (mine && (live || this.#defect.doubleReleaseFrees)))
      this.#free();
  }

  markConsistent(): void {
    Atomics.store(this.#words, ABANDONED, 0);
  }

  #free(): void {
    const { dropsMark, dropsMarkOnTakeOver, grantsToBusy, notifiesNobody, wakesTheDying } =
      this.#defect;
    const next = grantsToBusy ? Atomics.exchange(this.#words, ASYNC, 0) : 0;
    const word = Atomics.exchange(this.#words, WORD, next === 0 ? 0 : next | MARK);
    if (notifiesNobody) return;
    const wakesOne = dropsMark || dropsMarkOnTakeOver || wakesTheDying;
    if (!wakesOne) Atomics.notify(this.#words, WORD);
    else if ((word & MARK) !== 0) Atomics.notify(this.#words, WORD, 1);
  }

  #take(woken: boolean): boolean {
    if (this.#defect.neverExcludes) return true;
    // Who was woken cannot know whether others still wait: it must leave the mark, or they sleep for ever.
    const word = woken && !this.#dropsMark() ? this.#me | MARK : this.#me;
    if (this.#defect.grantsToBusy && (Atomics.load(this.#words, WORD) & ~MARK) === this.#me)
      return woken;
    if (!this.#defect.loadThenStore)
      return Atomics.compareExchange(this.#words, WORD, 0, word) === 0;
    if (Atomics.load(this.#words, WORD) !== 0) return false;
    Atomics.store(this.#words, WORD, word);
    return true;
  }

  #dropsMark(): boolean {
    const { dropsMark = false, dropsMarkOnTakeOver = false } = this.#defect;
    return dropsMark || (dropsMarkOnTakeOver && Atomics.load(this.#words, ABANDONED) !== 0);
  }

  /** Marks the word, so that the holder knows that somebody waits; what to wait for a change of. */
  #seenAfterMark(): number {
    const word = Atomics.load(this.#words, WORD);
    if (word === 0 || (word & MARK) !== 0) return word;
    return Atomics.compareExchange(this.#words, WORD, word, word | MARK) === word ? word | MARK : 0;
  }

  /** Threads are numbered in the order of their start: the later they are, the sooner they try. */
  #unfairMs(): number {
    return Math.max(0, 40 - 10 * (threadId % 4));
  }

  #count(change: 1 | -1): void {
    Atomics.add(this.#words, WAITING_AT + (threadId % THREADS), change);
  }

  #token(): number {
    return this.#words[TOKEN_HIGH]! * TOKEN_BITS + this.#words[TOKEN_LOW]!;
  }

  #guard(): SyncGuard {
    this.#words[TOKEN_LOW] = (this.#words[TOKEN_LOW]! + 1) % TOKEN_BITS;
    return new BareGuard(this, this.#token(), Atomics.load(this.#words, ABANDONED) !== 0);
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw error("LOCK_CLOSED");
  }
}

class BareGuard implements SyncGuard {
  readonly token: number;
  readonly abandoned: boolean;
  readonly signal: AbortSignal = new AbortController().signal;
  readonly #mutex: BareMutex;
  #live = true;

  constructor(mutex: BareMutex, token: number, abandoned: boolean) {
    this.#mutex = mutex;
    this.token = token;
    this.abandoned = abandoned;
  }
  markConsistent(): void {
    this.#mutex.markConsistent();
  }
  release(): void {
    const live = this.#live;
    this.#live = false;
    this.#mutex.release(live);
  }
  [Symbol.dispose](): void {
    this.release();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}

function error(code: "LOCK_TIMEOUT" | "LOCK_DEADLOCK" | "LOCK_CLOSED"): TicketlockError {
  return new TicketlockError(code, `A bare mutex says ${code}.`);
}

/** Bare mutexes with one thing wrong each, by kind. */
export const bareDefects: Readonly<Record<string, BareDefect>> = {
  // Nothing is wrong at the word; but only an event loop that turns hears of deaths.
  "owner-only-recovery": {},
  "load-then-store": { loadThenStore: true },
  "never-excludes": { neverExcludes: true },
  "drops-contended-mark": { dropsMark: true },
  "notifies-nobody": { notifiesNobody: true },
  "never-recovers": { neverRecovers: true },
  "slow-recovery": { recoversLate: true },
  "busy-waiter": { busyWaits: true },
  "stranger-frees": { strangerFrees: true },
  "double-release-frees": { doubleReleaseFrees: true },
  "self-deadlock-hangs": { noDeadlockCheck: true },
  "lets-process-end": { letsProcessEnd: true },
  "not-fifo": { unfair: true },
  "counts-the-dead": { countsTheDead: true },
  "drops-mark-on-take-over": { dropsMarkOnTakeOver: true },
  "wakes-nobody-after-death": { wakesNobodyAfterDeath: true },
  "wakes-the-dying": { wakesTheDying: true },
  "repeats-tokens-after-restart": { forgetsFloor: true },
  "grants-to-busy": { grantsToBusy: true },
};
