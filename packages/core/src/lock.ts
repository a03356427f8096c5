import type { Handle } from "./handle.ts";
import type { MaybePromise } from "./maybe-promise.ts";
import type { Scope } from "./scope.ts";

/**
 * Number issued with each acquisition, greater than every earlier one of the same lock. A safe
 * integer (53 bits): at 20 ns an acquisition it lasts five years, 32 bits would last 86 s. 0 means
 * "no token": only the `none` control issues it.
 */
export type FencingToken = number;

/** Bounds how long an acquisition may wait. It never bounds how long the lock is then held. */
export interface AcquireOptions {
  /** Aborting rejects with the signal's own reason, and the waiter leaves the queue. */
  readonly signal?: AbortSignal;
  /** Milliseconds, from 0 (do not wait) to Infinity (the default). Negative or NaN is a RangeError. */
  readonly timeoutMs?: number;
}

/** What an acquisition returns. Releasing it ends the critical section. */
export interface Guard extends AsyncDisposable {
  readonly token: FencingToken;
  /**
   * True if a holder died inside its section and no holder has called `markConsistent` since, so
   * the protected data may be half changed (the meaning of POSIX's EOWNERDEAD).
   */
  readonly abandoned: boolean;
  /** Aborts if the hold is lost before it is released (a lease ran out, a connection broke). Made on first use. */
  readonly signal: AbortSignal;
  /** Says that the protected data is whole again: later holders are no longer told `abandoned`. */
  markConsistent(): MaybePromise<void>;
  /**
   * Ends the hold. Calls after the first do nothing.
   * @throws {TicketlockError} `LOCK_LOST` on the first call if the hold ended before it.
   */
  release(): MaybePromise<void>;
}

/** A guard whose hold ends in one step of the calling thread. */
export interface SyncGuard extends Guard, Disposable {
  markConsistent(): void;
  release(): void;
}

/** Who holds a lock, as far as the lock can tell. */
export interface HolderInfo {
  /** The contender's number as its runtime knows it: a thread id, a process id. */
  readonly id: number;
  /** The operating system's id of the thread, where known. */
  readonly osThreadId?: number;
}

/** A snapshot; the lock may have changed hands before the caller looks at it. */
export interface LockState {
  readonly held: boolean;
  readonly holder?: HolderInfo;
  /** Token of the current hold, or of the last one. Two snapshots with one token saw the same hold. */
  readonly token: FencingToken;
  /** How many acquisitions wait, in all contenders. */
  readonly waiters: number;
  /** True while a holder's death has not been answered with `markConsistent`. */
  readonly abandoned: boolean;
  /** True while the lock is lost: its holder's end was told, but it may run on. Only where `ownerDeath` is `lost`. */
  readonly lost?: boolean;
}

/**
 * What a lock promises. Declared once per kind; conformance cases, the README's table and the
 * report's columns are derived from it.
 */
export interface LockGuarantees {
  /** The widest group of contenders that the lock can serve. */
  readonly scope: Scope;
  /** At most one live guard at a time. False for the controls `none` and `broken` only. */
  readonly exclusive: boolean;
  /** Granted strictly in order of arrival. */
  readonly fifo: boolean;
  /** Offers `acquireSync`, that is: implements BlockingLock. */
  readonly blocking: boolean;
  /** How long tokens keep rising: while the memory lives, or for good. */
  readonly tokens: "none" | "memory" | "durable";
  /**
   * What happens when a holder dies. `immediate`: the next waiter is granted as soon as the death
   * is noticed; `lease`: when the lease runs out; `lost`: acquires reject LOCK_LOST until reset();
   * `none`: nothing.
   */
  readonly ownerDeath: "immediate" | "lease" | "lost" | "none";
}

/** Mutual exclusion between contenders: at most one live guard at a time. */
export interface Lock<G extends Guard = Guard> {
  readonly handle: Handle;
  readonly guarantees: LockGuarantees;
  /**
   * Waits until the lock is free without blocking the thread, and takes it. A pending acquisition
   * keeps the process alive.
   * @throws {TicketlockError} `LOCK_TIMEOUT`, `LOCK_LOST`, `LOCK_CLOSED`, `QUEUE_FULL`; or the signal's reason.
   */
  acquire(options?: AcquireOptions): Promise<G>;
  /** Takes the lock if it is free now; `undefined` if not. Contention is not an error. */
  tryAcquire(): MaybePromise<G | undefined>;
  /** Runs `section` as its holder and releases whatever happens; what it returns or throws comes through. */
  runExclusive<T>(section: (guard: G) => MaybePromise<T>, options?: AcquireOptions): Promise<T>;
  query(): MaybePromise<LockState>;
  /** Leaves the lock in this contender: its pending acquisitions reject `LOCK_CLOSED`. Other contenders go on. */
  close(): MaybePromise<void>;
}

/** A lock that can also block the calling thread until it is granted. */
export interface BlockingLock extends Lock<SyncGuard> {
  /**
   * Blocks the thread, and with it its event loop, until the lock is granted. Not re-entrant.
   * @throws {TicketlockError} `LOCK_DEADLOCK` where this thread holds the lock, or must be granted
   * it first; `LOCK_TIMEOUT`; `LOCK_CLOSED`; `QUEUE_FULL`.
   */
  acquireSync(options?: { readonly timeoutMs?: number }): SyncGuard;
  tryAcquireSync(): SyncGuard | undefined;
}

/** A lock whose holder's death cannot be told from a pause: it stays lost until somebody answers for it. */
export interface ResettableLock extends Lock {
  /**
   * Frees a lost lock and raises its token: the next guard says `abandoned`, and a store that has been
   * read with a token from then on, or with the one that `query` tells, refuses the former holder. Does
   * nothing if the lock is not lost.
   */
  reset(): MaybePromise<void>;
}

/** True if the lock can be lost, and reset. */
export function isResettableLock(lock: Lock): lock is ResettableLock {
  return lock.guarantees.ownerDeath === "lost";
}

/** True if the lock can block the calling thread. */
export function isBlockingLock(lock: Lock): lock is BlockingLock {
  return lock.guarantees.blocking;
}
