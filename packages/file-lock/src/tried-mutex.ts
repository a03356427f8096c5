import {
  type AcquireOptions,
  checkAcquireOptions,
  type FencingToken,
  type Handle,
  type Lock,
  type LockGuarantees,
  type LockState,
  type MaybePromise,
  runExclusive,
  TicketlockError,
} from "@ticketlock/core";
import { closed, PendingAcquire, timedOut } from "@ticketlock/shared-memory/building-blocks";
import { TriedGuard } from "./tried-guard.ts";
import { Turn } from "./turn.ts";

/** Waiting acquisitions of one opening, where its maker has set no limit. */
const MAX_WAITERS = 65_536;
/** After a wake-up a waiter looks again after this time, unless told. */
const FIRST_PAUSE_MS = 1;
/** Of those whom a wake-up reaches together, one wins; this spreads them. */
const WOKEN_PAUSE_MS = 1;
/** A timer never rings in practice: it is there to keep the process alive. */
const NEVER_MS = 2 ** 31 - 1;

type Waiter = PendingAcquire<TriedGuard>;

/** What a new holder has to know. */
export interface Hold {
  readonly token: FencingToken;
  readonly abandoned: boolean;
}

/** How a mutex is opened. */
export interface TriedOptions {
  /** Acquisitions that may wait, through all openings; 0: 65 536 through this one. */
  readonly maxWaiters: number;
  /** The first of the pauses between two looks of a waiter, in milliseconds. Default: 1. */
  readonly firstPauseMs?: number;
}

/**
 * A mutex that the operating system keeps on a file and that is only ever *tried*, by the thread that
 * will run the section. A wait inside the system could not be ended, would be granted the lock also
 * while its thread is busy or when nobody wants it any more, and takes one of the few threads of a
 * runtime's pool.
 *
 * A waiter sleeps until it is woken, and looks by itself after a pause that doubles, drawn from half to
 * one and a half of it so that waiters do not look all at once. How the lock is taken and recorded, and
 * how others are woken, is left to whoever extends this.
 *
 * **Fairness**: none is promised. Waiters are told of a release, and the releaser lets them go first; who
 * comes in is chance. Within one opening acquisitions are granted in their order.
 */
export abstract class TriedMutex implements Lock<TriedGuard> {
  abstract readonly handle: Handle;
  abstract readonly guarantees: LockGuarantees;
  readonly #maxWaiters: number;
  readonly #firstPauseMs: number;
  readonly #waiters = new Set<Waiter>();
  readonly #turn = new Turn();
  #held = false;
  #closed = false;
  #pauseMs: number;
  #longestPauseMs = 0;
  #timer: NodeJS.Timeout | undefined;

  protected constructor({ maxWaiters, firstPauseMs = FIRST_PAUSE_MS }: TriedOptions) {
    this.#maxWaiters = maxWaiters;
    this.#firstPauseMs = firstPauseMs;
    this.#pauseMs = firstPauseMs;
  }

  /** Takes the lock if it is free, and records the hold; never waits. Whoever throws has let it go again. */
  protected abstract tryTake(): Hold | undefined;
  /** Records another hold of the lock that this opening has. `undefined` if that cannot be done just now. */
  protected abstract takeAgain(): Hold | undefined;
  /** Records that the hold has ended. Throws nothing: if it cannot, the next holder is told `abandoned`. */
  protected abstract recordEnd(token: FencingToken): void;
  protected abstract recordConsistent(token: FencingToken): void;
  /** Lets the lock go. Throws nothing. */
  protected abstract letGo(): void;
  /**
   * The lock was let go: wakes those who wait through other openings, if any do. Throws nothing.
   * @param waited - what `othersWait` said before
   */
  protected abstract wakeOthers(waited: boolean): void;
  /** Whether acquisitions wait through other openings. Throws nothing: the next acquisition says what is wrong. */
  protected abstract othersWait(): boolean;
  /** So many acquisitions wait through this opening now. */
  protected abstract countWaiters(count: number): void;
  /** How many acquisitions wait, through all openings. */
  protected abstract waiting(): number;
  /** Somebody waits: from now on a wake-up calls `woken`. Gives the longest pause between two looks, in milliseconds. */
  protected abstract listen(): number;
  /** Nobody waits any more: nothing that listens may keep the process alive. */
  protected abstract stopListening(): void;
  /** This opening is closed and holds nothing. */
  protected abstract leave(): void;
  abstract query(): MaybePromise<LockState>;

  /** As `tryTake`, by one who waits, so that whoever lets go afterwards knows of it. */
  protected tryTakeWaiting(): Hold | undefined {
    return this.tryTake();
  }

  /** Throws if the hold has not kept others out until now. */
  protected checkKept(): void {}

  async acquire(options?: AcquireOptions): Promise<TriedGuard> {
    const { timeoutMs, signal } = checkAcquireOptions(options);
    this.checkOpen();
    // Who releases and asks again goes behind those who were waiting.
    const precedes = this.#waiters.size === 0 && this.#turn.courtesyMs() === 0;
    if (precedes || timeoutMs === 0) {
      const guard = this.#attempt();
      if (guard !== undefined) return guard;
    }
    if (timeoutMs === 0) throw timedOut(timeoutMs);
    return this.#wait(timeoutMs, signal);
  }

  tryAcquire(): TriedGuard | undefined {
    this.checkOpen();
    return this.#attempt();
  }

  runExclusive<T>(
    section: (guard: TriedGuard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return runExclusive<TriedGuard, T>(this, section, options);
  }

  /** True while a guard of this opening, or one that it is about to give, is held. */
  get isHeld(): boolean {
    return this.#held;
  }

  /** A guard that is held stays good until it is released. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.stopListening();
    for (const waiter of this.#waiters) waiter.refuse(closed());
    this.#waiters.clear();
    this.countWaiters(0);
    if (!this.#held) this.leave();
  }

  /** @throws {TicketlockError} `LOCK_CLOSED` */
  protected checkOpen(): void {
    if (this.#closed) throw closed();
  }

  /** It is time to look: somebody has let go, or has ended. */
  protected woken(): void {
    this.#pauseMs = this.#firstPauseMs;
    this.#look(Math.max(Math.random() * WOKEN_PAUSE_MS, this.#turn.courtesyMs()));
  }

  #wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<TriedGuard> {
    this.#checkRoom();
    const giveUp = (leaving: Waiter, reason: unknown): void => {
      this.#removeWaiter(leaving);
      leaving.refuse(reason);
    };
    const waiter: Waiter = new PendingAcquire(timeoutMs, signal, giveUp);
    this.#waiters.add(waiter);
    this.countWaiters(this.#waiters.size);
    if (this.#waiters.size === 1) {
      this.#longestPauseMs = this.listen();
      this.#pauseMs = this.#firstPauseMs;
      this.#look(this.#turn.courtesyMs());
    }
    return waiter.promise;
  }

  #removeWaiter(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    this.countWaiters(this.#waiters.size);
    if (this.#waiters.size > 0) return;
    clearTimeout(this.#timer);
    this.stopListening();
  }

  /** Looks after so many milliseconds, and again and again while somebody waits. The timer keeps the process alive. */
  #look(delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#waiters.size === 0 || this.#closed) return;
    // While it is held here there is nothing to see.
    this.#timer = setTimeout(() => this.#lookNow(), this.#held ? NEVER_MS : delayMs);
  }

  #lookNow(): void {
    const [first] = this.#waiters;
    if (first === undefined) return;
    try {
      const hold = this.#held ? undefined : this.tryTakeWaiting();
      if (hold !== undefined) this.#give(first, hold);
    } catch (error) {
      this.#removeWaiter(first);
      first.refuse(error);
    }
    this.#look(this.#nextPause());
  }

  #nextPause(): number {
    const pauseMs = this.#pauseMs * (0.5 + Math.random());
    this.#pauseMs = Math.min(2 * this.#pauseMs, this.#longestPauseMs);
    return Math.max(pauseMs, this.#turn.courtesyMs());
  }

  #attempt(): TriedGuard | undefined {
    if (this.#held) return undefined;
    const hold = this.tryTake();
    return hold === undefined ? undefined : this.#guard(hold);
  }

  #give(waiter: Waiter, hold: Hold): void {
    this.#removeWaiter(waiter);
    waiter.grant(this.#guard(hold));
  }

  #guard({ token, abandoned }: Hold): TriedGuard {
    this.#held = true;
    return new TriedGuard({
      token,
      abandoned,
      markConsistent: () => this.recordConsistent(token),
      release: () => this.#release(token),
    });
  }

  #release(token: FencingToken): void {
    const lost = this.#lost(); // before this opening may leave, with its files
    this.recordEnd(token); // before it is let go: whoever finds it unsaid takes us for dead
    // It stays taken for the next one here; in a turn of its own, so that the event loop is not kept from other work.
    const othersWait = this.othersWait();
    if (!this.#turn.ends(othersWait) && this.#waiters.size > 0) setImmediate(() => this.#passOn());
    else this.#letGoAndTell(othersWait);
    if (lost !== undefined) throw lost.reason;
  }

  /** Why the hold did not keep others out, if it did not; boxed, since anything may be thrown. */
  #lost(): { readonly reason: unknown } | undefined {
    try {
      this.checkKept();
      return undefined;
    } catch (reason) {
      return { reason };
    }
  }

  /** Grants the lock, which this opening has, to its next waiter; lets it go if nobody waits any more. */
  #passOn(): void {
    const [next] = this.#waiters;
    if (next === undefined) return this.#letGoAndTell();
    try {
      const hold = this.takeAgain();
      if (hold === undefined) return this.#letGoAndTell();
      this.#give(next, hold);
      this.#look(0); // whoever still waits keeps the process alive
    } catch (error) {
      this.#removeWaiter(next);
      next.refuse(error);
      this.#letGoAndTell();
    }
  }

  #letGoAndTell(othersWait: boolean = this.othersWait()): void {
    this.#held = false;
    this.letGo();
    this.#pauseMs = this.#firstPauseMs;
    this.wakeOthers(othersWait);
    if (this.#closed) this.leave();
    else this.#look(this.#turn.courtesyMs());
  }

  #checkRoom(): void {
    const limit = this.#maxWaiters || MAX_WAITERS;
    const waiting = this.#maxWaiters === 0 ? this.#waiters.size : this.waiting();
    if (waiting < limit) return;
    throw new TicketlockError(
      "QUEUE_FULL",
      `Cannot wait for the lock: ${waiting} acquisitions wait for it already. Try again later.`,
    );
  }
}
