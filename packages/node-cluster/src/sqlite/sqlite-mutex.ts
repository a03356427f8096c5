import type { DatabaseSync } from "node:sqlite";
import {
  type AcquireOptions, checkAcquireOptions, type Handle, type Lock, type LockGuarantees, type LockState,
  type MaybePromise, runExclusive, TicketlockError,
} from "@ticketlock/core"; // prettier-ignore
import { PendingAcquire } from "@ticketlock/shared-memory/building-blocks";
import { type Hold, HoldRecord } from "./hold-record.ts";
import { type LockFiles, removeUnlessOpen } from "./lock-files.ts";
import { databaseError, isBusy, openDatabase } from "./node-sqlite.ts";
import { countOpenings, Opening } from "./openings.ts";
import { SqliteGuard } from "./sqlite-guard.ts";
import { WakeUp } from "./wake-up.ts";
import { closedError, timedOut } from "../lock-errors.ts";

export const sqliteGuarantees: LockGuarantees = {
  scope: "processes",
  exclusive: true,
  fifo: false,
  blocking: false,
  tokens: "memory",
  ownerDeath: "immediate",
};

/** Waiting acquisitions of one opening, where its maker has set no limit. */
const MAX_WAITERS = 65_536;
/**
 * A waiter looks first after this time, then after twice as long each time, up to the second
 * number; drawn from half to one and a half of it, so that waiters do not look all at once. The
 * longest pause is what a holder's death costs at worst; releases are announced.
 */
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 40;
/**
 * While others wait, one opening keeps the lock among its own acquisitions for so long at most:
 * handing over to another process costs a thousand times as much.
 */
const TURN_MS = 10;
/** After its turn it lets this long pass: the others are awake by then, and it would always be quicker. */
const COURTESY_MS = 4;
/** Of those who are woken together, one wins; this spreads them. */
const WOKEN_PAUSE_MS = 1;
/** A timer never rings in practice: it is there to keep the process alive. */
const NEVER_MS = 2 ** 31 - 1;

type Waiter = PendingAcquire<SqliteGuard>;

/**
 * A mutex on a database file, for platforms and file systems with nothing else: whoever has an open
 * transaction on an empty database holds it. Needs no server, no native code and no common parent.
 *
 * **Fairness**: none is promised. Waiters are told of a release, and the releaser lets them go
 * first; who comes in is chance.
 *
 * **Crash behaviour**: the operating system ends the transaction of a process that ends. Waiters
 * look every 40 ms on average; the next holder is told `abandoned`. Tokens lie in a database of
 * their own and rise across any death; a power cut may take the last ones back.
 *
 * Never open one of its files, other than as a database, in a process that uses it: closing any
 * descriptor of a file drops that process's locks on it (POSIX).
 *
 * An uncontended acquisition and release costs two transactions, and blocks the event loop for
 * their microseconds. Waiting does not block it.
 */
export class SqliteMutex implements Lock<SqliteGuard> {
  readonly handle: Handle;
  readonly guarantees: LockGuarantees = sqliteGuarantees;
  readonly #files: LockFiles;
  readonly #maxWaiters: number;
  readonly #lock: DatabaseSync;
  readonly #record: HoldRecord;
  readonly #opening: Opening;
  readonly #wakeUp: WakeUp;
  readonly #waiters = new Set<Waiter>();
  #held = false;
  #closed = false;
  #pauseMs = FIRST_PAUSE_MS;
  #courteousUntil = 0;
  /** Since when this opening has had the lock while others wait; 0 if it has not. */
  #turnSince = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(handle: Handle, files: LockFiles, record: HoldRecord, maxWaiters: number) {
    this.handle = handle;
    this.#files = files;
    this.#maxWaiters = maxWaiters;
    this.#record = record;
    this.#lock = openDatabase(files.lock);
    this.#opening = new Opening(files.directory, () => this.#end());
    this.#wakeUp = new WakeUp(files.wake, () =>
      this.#look(
        Math.max(Math.random() * WOKEN_PAUSE_MS, this.#courteousUntil - performance.now()),
      ),
    );
  }

  /** Opens the lock whose files these are. `maxWaiters` 0: the default. */
  static async open(
    handle: Handle,
    files: LockFiles,
    tokensAbove: number,
    maxWaiters: number,
  ): Promise<SqliteMutex> {
    const record = await HoldRecord.open(files.hold, tokensAbove);
    try {
      files.checkInPlace();
      return new SqliteMutex(handle, files, record, maxWaiters);
    } catch (error) {
      record.close();
      throw error;
    }
  }

  async acquire(options?: AcquireOptions): Promise<SqliteGuard> {
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

  tryAcquire(): SqliteGuard | undefined {
    this.#checkOpen();
    return this.#attempt();
  }

  runExclusive<T>(
    section: (guard: SqliteGuard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return runExclusive<SqliteGuard, T>(this, section, options);
  }

  async query(): Promise<LockState> {
    this.#checkOpen();
    return this.#record.state(countOpenings(this.#files.directory).waiters);
  }

  /** A guard that is held stays good until it is released. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const waiter of this.#waiters) waiter.refuse(closedError());
    this.#waiters.clear();
    this.#wakeUp.close();
    if (!this.#held) this.#leave();
  }

  #wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<SqliteGuard> {
    this.#checkRoom();
    const giveUp = (leaving: Waiter, reason: unknown): void => {
      this.#removeWaiter(leaving);
      leaving.refuse(reason);
    };
    const waiter: Waiter = new PendingAcquire(timeoutMs, signal, giveUp, timedOut);
    this.#addWaiter(waiter);
    this.#wakeUp.listen();
    if (this.#waiters.size === 1) {
      this.#pauseMs = FIRST_PAUSE_MS;
      this.#look(this.#nextPause());
    }
    return waiter.promise;
  }

  #addWaiter(waiter: Waiter): void {
    this.#waiters.add(waiter);
    this.#opening.waiters = this.#waiters.size;
  }

  #removeWaiter(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    this.#opening.waiters = this.#waiters.size;
    if (this.#waiters.size === 0) clearTimeout(this.#timer);
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
      const guard = this.#attempt();
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

  #nextPause(): number {
    const pauseMs = this.#pauseMs * (0.5 + Math.random());
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
    return Math.max(pauseMs, this.#courtesyMs());
  }

  /** How long others have precedence. */
  #courtesyMs(): number {
    return Math.max(0, this.#courteousUntil - performance.now());
  }

  /** Takes the lock if it is free: never waits. */
  #attempt(): SqliteGuard | undefined {
    if (this.#held) return undefined;
    try {
      this.#lock.exec("BEGIN IMMEDIATE");
    } catch (error) {
      if (isBusy(error)) return undefined;
      this.#files.checkInPlace(); // a file that was moved away is an I/O error to SQLite
      throw databaseError("lock", this.#files.lock, error);
    }
    try {
      this.#files.checkInPlace();
      const hold = this.#record.take();
      if (hold !== undefined) return this.#grant(hold);
    } catch (error) {
      this.#rollback();
      throw error;
    }
    this.#rollback();
    return undefined;
  }

  #grant({ token, abandoned }: Hold): SqliteGuard {
    this.#held = true;
    return new SqliteGuard({
      token,
      abandoned,
      markConsistent: () => this.#record.markConsistent(token),
      release: () => this.#release(token),
    });
  }

  #release(token: number): void {
    this.#record.free(token); // first: whoever finds it unsaid takes us for dead
    const othersWait = this.#othersWait();
    const now = performance.now();
    this.#turnSince = othersWait ? this.#turnSince || now : 0;
    const turnEnds = othersWait && now - this.#turnSince >= TURN_MS;
    if (this.#waiters.size > 0 && !turnEnds) {
      // The transaction goes on; in a turn of its own, so that the event loop is not kept from other work.
      setImmediate(() => this.#passOn());
      return;
    }
    if (turnEnds) {
      this.#turnSince = 0;
      this.#courteousUntil = now + COURTESY_MS * (1 + Math.random());
    }
    this.#letGoAndTell(othersWait);
  }

  /** Grants the lock, which this opening has, to its next waiter; lets it go if nobody waits any more. */
  #passOn(): void {
    const [next] = this.#waiters;
    if (next === undefined) return this.#letGoAndTell();
    this.#removeWaiter(next);
    try {
      const hold = this.#record.take();
      if (hold !== undefined) {
        next.grant(this.#grant(hold));
        return this.#look(0); // whoever still waits keeps the process alive
      }
      this.#addWaiter(next);
    } catch (error) {
      next.refuse(error);
    }
    this.#letGoAndTell();
  }

  #letGoAndTell(othersWait: boolean = this.#othersWait()): void {
    this.#letGo();
    if (othersWait) this.#wakeUp.send();
  }

  #letGo(): void {
    this.#held = false;
    this.#rollback();
    this.#pauseMs = FIRST_PAUSE_MS;
    if (this.#closed) this.#leave();
    else this.#look(this.#courtesyMs());
  }

  #othersWait(): boolean {
    try {
      return this.#opening.othersWait();
    } catch {
      return false; // the directory is gone: the next acquisition says so
    }
  }

  #rollback(): void {
    try {
      this.#lock.exec("ROLLBACK");
    } catch {
      // Nothing was written: closing the connection has the same effect, and comes at the latest with the process.
    }
  }

  #checkRoom(): void {
    const limit = this.#maxWaiters || MAX_WAITERS;
    const waiting =
      this.#maxWaiters === 0 ? this.#waiters.size : countOpenings(this.#files.directory).waiters;
    if (waiting < limit) return;
    throw new TicketlockError(
      "QUEUE_FULL",
      `Cannot wait for the lock: ${waiting} acquisitions wait for it already. Try again later.`,
    );
  }

  /** The process ends: what it holds stays recorded as held, since nobody has said that it is done. */
  #end(): void {
    this.#opening.close();
    if (!this.#held) removeUnlessOpen(this.#files.directory);
  }

  #leave(): void {
    this.#lock.close();
    this.#record.close();
    this.#opening.close();
    removeUnlessOpen(this.#files.directory);
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}
