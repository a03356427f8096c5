import {
  type AcquireOptions, checkAcquireOptions, type Handle, type Lock, type LockGuarantees, type LockState,
  type MaybePromise, runExclusive, TicketlockError,
} from "@ticketlock/core"; // prettier-ignore
import { PendingAcquire } from "@ticketlock/shared-memory/building-blocks";
import type { Deno, FsFile } from "../deno-types.ts";
import { Bell } from "./bell.ts";
import { closedError, lockFileError, timedOut } from "./flock-errors.ts";
import { type FlockFiles, identityText } from "./flock-files.ts";
import { FlockGuard } from "./flock-guard.ts";
import { type HoldState, HoldRecord } from "./hold-record.ts";
import { contenderId } from "./contender-id.ts";
import { countOpenings, lasts, Opening } from "./openings.ts";

export const flockGuarantees: LockGuarantees = {
  scope: "processes",
  exclusive: true,
  fifo: false,
  // Deno's lockSync has no time limit, and nothing can end it.
  blocking: false,
  tokens: "memory",
  ownerDeath: "immediate",
};

/** Waiting acquisitions of one opening, where its maker has set no limit. */
const MAX_WAITERS = 65_536;
/**
 * After a ring a waiter looks again after this time, then after twice as long each time, drawn from
 * half to one and a half of it. The longest pause matters only where rings are not heard: releases
 * ring everywhere, deaths on Linux.
 */
const PAUSES: Pauses = { firstMs: 1, longestMs: 1_000 };
const LONGEST_PAUSE_UNHEARD_MS = 40;
/** While others wait, one opening keeps the lock among its own acquisitions for so long at most. */
const TURN_MS = 10;
/** After its turn it lets this long pass: the others are awake by then, and it would always be quicker. */
const COURTESY_MS = 4;
/** Of those whom a ring wakes together, one wins; this spreads them. */
const WOKEN_PAUSE_MS = 1;
/** A timer never rings in practice: it is there to keep the process alive. */
const NEVER_MS = 2 ** 31 - 1;

type Waiter = PendingAcquire<FlockGuard>;

/** Between the looks that a waiter takes by itself, in milliseconds. */
export interface Pauses {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** What a lock is opened with. */
export interface FlockParts {
  readonly deno: Deno;
  readonly files: FlockFiles;
  readonly tokensAbove: number;
  /** 0: the default. */
  readonly maxWaiters: number;
  /** Called when this opening has ended. */
  readonly left?: () => void;
  /** Tests make them long, so that no look hides a ring that did not come. */
  readonly pauses?: Pauses;
}

/**
 * A mutex on a file that the kernel locks (flock; LockFileEx on Windows), for the processes and
 * threads of Deno, of one user on one host. No native code, no server, no common parent.
 *
 * The lock is only ever *tried*, by the thread that will run the section: a wait inside the kernel
 * could not be ended, would be granted the lock also while its thread is busy or when nobody wants it
 * any more, and takes one of the few threads of Deno's pool. Waiters sleep until the bell rings.
 *
 * **Fairness**: none is promised. Waiters are told of a release, and the releaser lets them go first;
 * who comes in is chance. Within one opening acquisitions are granted in their order.
 *
 * **Crash behaviour**: the kernel unlocks the file when its process ends, however it ends; on Linux
 * waiters hear of it at once, elsewhere they look every 40 ms on average. The next holder is told
 * `abandoned`. Tokens lie in the file and rise across any death; a power cut may take the last ones
 * back.
 *
 * An uncontended acquisition and release is a dozen system calls and blocks the event loop for
 * their microseconds. Waiting does not block it.
 */
export class FlockMutex implements Lock<FlockGuard> {
  readonly handle: Handle;
  readonly guarantees: LockGuarantees = flockGuarantees;
  readonly #deno: Deno;
  readonly #files: FlockFiles;
  readonly #tokensAbove: number;
  readonly #maxWaiters: number;
  readonly #left: (() => void) | undefined;
  readonly #file: FsFile;
  readonly #identity: string;
  readonly #record: HoldRecord;
  readonly #opening: Opening;
  readonly #bell: Bell;
  readonly #waiters = new Set<Waiter>();
  #held = false;
  #closed = false;
  readonly #pauses: Pauses;
  #pauseMs: number;
  #longestPauseMs = LONGEST_PAUSE_UNHEARD_MS;
  #courteousUntil = 0;
  /** Since when this opening has had the lock, again and again, while others wait; 0 if it has not. */
  #turnSince = 0;
  #wantedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @throws {TicketlockError} `LOCK_CORRUPT`, `LOCK_LOST`, `LOCK_UNAVAILABLE`. */
  constructor(handle: Handle, parts: FlockParts) {
    const { deno, files } = parts;
    this.handle = handle;
    this.#deno = deno;
    this.#files = files;
    this.#tokensAbove = parts.tokensAbove;
    this.#maxWaiters = parts.maxWaiters;
    this.#left = parts.left;
    this.#pauses = parts.pauses ?? PAUSES;
    this.#pauseMs = this.#pauses.firstMs;
    this.#file = files.openFile(files.lock);
    let bell: Bell | undefined;
    try {
      this.#identity = identityText(this.#file.statSync());
      files.checkInPlace(this.#identity);
      this.#record = new HoldRecord(files.lock, this.#file);
      this.#bell = bell = new Bell(deno, files, () => this.#woken());
      this.#opening = new Opening(deno, files);
    } catch (error) {
      bell?.close();
      this.#file.close();
      throw error;
    }
  }

  async acquire(options?: AcquireOptions): Promise<FlockGuard> {
    const { timeoutMs, signal } = checkAcquireOptions(options);
    this.#checkOpen();
    // Who releases and asks again goes behind those who were waiting.
    const precedes = this.#waiters.size === 0 && this.#courtesyMs() === 0;
    if (precedes || timeoutMs === 0) {
      const guard = this.#attempt();
      if (guard !== undefined) return guard;
    }
    if (timeoutMs === 0) throw timedOut(timeoutMs);
    return this.#wait(timeoutMs, signal);
  }

  tryAcquire(): FlockGuard | undefined {
    this.#checkOpen();
    return this.#attempt();
  }

  runExclusive<T>(
    section: (guard: FlockGuard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return runExclusive<FlockGuard, T>(this, section, options);
  }

  /** The holder is named by its process id, in a worker by a number of its thread's own. */
  query(): LockState {
    this.#checkOpen();
    const { directory } = this.#files;
    const { token, held, abandoned, holderId, opening } = this.#record.state();
    const { waiters } = countOpenings(this.#deno, directory);
    if (!held) return { held, token, waiters, abandoned };
    if (lasts(this.#deno, directory, opening))
      return { held, holder: { id: holderId }, token, waiters, abandoned };
    return { held: false, token, waiters, abandoned: true };
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
    this.#bell.stop();
    for (const waiter of this.#waiters) waiter.refuse(closedError());
    this.#waiters.clear();
    this.#opening.waiters = 0;
    if (!this.#held) this.#leave();
  }

  #wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<FlockGuard> {
    this.#checkRoom();
    const giveUp = (leaving: Waiter, reason: unknown): void => {
      this.#removeWaiter(leaving);
      leaving.refuse(reason);
    };
    const waiter: Waiter = new PendingAcquire(timeoutMs, signal, giveUp, timedOut);
    this.#waiters.add(waiter);
    this.#opening.waiters = this.#waiters.size;
    if (this.#waiters.size === 1) {
      this.#listen();
      this.#pauseMs = this.#pauses.firstMs;
      this.#look(this.#courtesyMs());
    }
    return waiter.promise;
  }

  #listen(): void {
    this.#longestPauseMs = this.#bell.listen() ? this.#pauses.longestMs : LONGEST_PAUSE_UNHEARD_MS;
  }

  #removeWaiter(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    this.#opening.waiters = this.#waiters.size;
    if (this.#waiters.size > 0) return;
    clearTimeout(this.#timer);
    this.#bell.stop();
  }

  #woken(): void {
    this.#pauseMs = this.#pauses.firstMs;
    this.#look(Math.max(Math.random() * WOKEN_PAUSE_MS, this.#courtesyMs()));
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
      const guard = this.#attempt() ?? this.#attemptAsWaiter();
      if (guard !== undefined) {
        this.#removeWaiter(first);
        first.grant(guard);
      }
    } catch (error) {
      this.#removeWaiter(first);
      first.refuse(error);
    }
    this.#look(this.#nextPause());
  }

  /**
   * Says that somebody waits, then tries once more. Pairs with `#letGoAndTell`, which unlocks before
   * it reads the mark: either this finds the lock free, or that finds the mark and rings.
   */
  #attemptAsWaiter(): FlockGuard | undefined {
    if (this.#held) return undefined;
    this.#record.want();
    return this.#attempt();
  }

  #nextPause(): number {
    const pauseMs = this.#pauseMs * (0.5 + Math.random());
    this.#pauseMs = Math.min(2 * this.#pauseMs, this.#longestPauseMs);
    return Math.max(pauseMs, this.#courtesyMs());
  }

  /** How long others have precedence. */
  #courtesyMs(): number {
    return Math.max(0, this.#courteousUntil - performance.now());
  }

  /** Takes the lock if it is free: never waits. */
  #attempt(): FlockGuard | undefined {
    if (this.#held) return undefined;
    try {
      if (!this.#file.tryLockSync(true)) return undefined;
    } catch (error) {
      throw lockFileError("lock", this.#files.lock, error);
    }
    try {
      this.#files.checkInPlace(this.#identity);
      return this.#grant(this.#take());
    } catch (error) {
      this.#unlock();
      throw error;
    }
  }

  #take(): HoldState {
    return this.#record.take(contenderId(this.#deno), this.#opening.number, this.#tokensAbove);
  }

  #grant({ token, abandoned }: HoldState): FlockGuard {
    this.#held = true;
    return new FlockGuard({
      token,
      abandoned,
      markConsistent: () => this.#record.markConsistent(token),
      release: () => this.#release(token),
    });
  }

  #release(token: number): void {
    const lost = this.#lostError(); // before this opening may leave, with its files
    this.#record.free(token); // before it is unlocked: whoever finds it unsaid takes us for dead
    const turnEnds = this.#turnEnds();
    if (this.#waiters.size > 0 && !turnEnds) {
      // It stays locked; in a turn of its own, so that the event loop is not kept from other work.
      setImmediate(() => this.#passOn());
    } else {
      if (turnEnds) this.#courteousUntil = performance.now() + COURTESY_MS * (1 + Math.random());
      this.#letGoAndTell();
    }
    if (lost !== undefined) throw lost.reason;
  }

  /** Why the hold did not keep others out until now, if it did not; boxed, since anything may be thrown. */
  #lostError(): { readonly reason: unknown } | undefined {
    try {
      this.#files.checkInPlace(this.#identity);
      return undefined;
    } catch (reason) {
      return { reason };
    }
  }

  /** True if this opening has had the lock for long enough while others wait. They say so anew after each ring, so it is remembered for a while. */
  #turnEnds(): boolean {
    const now = performance.now();
    if (this.#othersWait()) {
      this.#wantedAt = now;
      this.#turnSince ||= now;
    } else if (now - this.#wantedAt > TURN_MS) {
      this.#turnSince = 0;
    }
    if (this.#turnSince === 0 || now - this.#turnSince < TURN_MS) return false;
    this.#turnSince = 0;
    return true;
  }

  /** Grants the lock, which this opening has, to its next waiter; lets it go if nobody waits any more. */
  #passOn(): void {
    const [next] = this.#waiters;
    if (next === undefined) return this.#letGoAndTell();
    this.#removeWaiter(next);
    try {
      this.#files.checkInPlace(this.#identity);
      next.grant(this.#grant(this.#take()));
      this.#look(0); // whoever still waits keeps the process alive
    } catch (error) {
      next.refuse(error);
      this.#letGoAndTell();
    }
  }

  #letGoAndTell(): void {
    this.#held = false;
    this.#unlock();
    this.#pauseMs = this.#pauses.firstMs;
    try {
      if (this.#record.takeWanted()) this.#bell.ring();
    } catch {
      this.#bell.ring();
    }
    if (this.#closed) this.#leave();
    else this.#look(this.#courtesyMs());
  }

  #othersWait(): boolean {
    try {
      return this.#record.isWanted();
    } catch {
      return false; // the next acquisition says what is wrong
    }
  }

  #unlock(): void {
    try {
      this.#file.unlockSync();
    } catch {
      // Closing the file has the same effect, and comes at the latest with the process.
    }
  }

  #checkRoom(): void {
    const limit = this.#maxWaiters || MAX_WAITERS;
    const waiting =
      this.#maxWaiters === 0
        ? this.#waiters.size
        : countOpenings(this.#deno, this.#files.directory).waiters;
    if (waiting < limit) return;
    throw new TicketlockError(
      "QUEUE_FULL",
      `Cannot wait for the lock: ${waiting} acquisitions wait for it already. Try again later.`,
    );
  }

  #leave(): void {
    this.#file.close();
    this.#opening.close();
    this.#bell.close();
    this.#left?.();
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}
