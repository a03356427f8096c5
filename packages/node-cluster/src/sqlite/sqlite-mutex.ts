import type { DatabaseSync } from "node:sqlite";
import type { Handle, LockGuarantees, LockState } from "@ticketlock/core";
import { type Hold, TriedMutex } from "@ticketlock/file-lock";
import { HoldRecord } from "./hold-record.ts";
import { type LockFiles, removeUnlessOpen } from "./lock-files.ts";
import { databaseError, isBusy, openDatabase } from "./node-sqlite.ts";
import { countOpenings, Opening } from "./openings.ts";
import { WakeUp } from "./wake-up.ts";

export const sqliteGuarantees: LockGuarantees = {
  scope: "processes",
  exclusive: true,
  fifo: false,
  blocking: false,
  tokens: "memory",
  ownerDeath: "immediate",
};

/** What a holder's death costs at worst; releases are announced. */
const LONGEST_PAUSE_MS = 40;

/**
 * A mutex on a database file, for platforms and file systems with nothing else: whoever has an open
 * transaction on an empty database holds it. Needs no server, no native code and no common parent.
 *
 * **Fairness**: none is promised; see `TriedMutex`.
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
export class SqliteMutex extends TriedMutex {
  readonly handle: Handle;
  readonly guarantees: LockGuarantees = sqliteGuarantees;
  readonly #files: LockFiles;
  readonly #lock: DatabaseSync;
  readonly #record: HoldRecord;
  readonly #opening: Opening;
  readonly #wakeUp: WakeUp;

  private constructor(handle: Handle, files: LockFiles, record: HoldRecord, maxWaiters: number) {
    super({ maxWaiters });
    this.handle = handle;
    this.#files = files;
    this.#record = record;
    this.#lock = openDatabase(files.lock);
    this.#opening = new Opening(files.directory, () => this.#end());
    this.#wakeUp = new WakeUp(files.wake, () => this.woken());
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

  async query(): Promise<LockState> {
    this.checkOpen();
    return this.#record.state(this.waiting());
  }

  protected override tryTake(): Hold | undefined {
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
      if (hold !== undefined) return hold;
    } catch (error) {
      this.letGo();
      throw error;
    }
    this.letGo();
    return undefined;
  }

  protected override takeAgain(): Hold | undefined {
    return this.#record.take();
  }

  protected override recordEnd(token: number): void {
    this.#record.free(token);
  }

  protected override recordConsistent(token: number): void {
    this.#record.markConsistent(token);
  }

  protected override letGo(): void {
    try {
      this.#lock.exec("ROLLBACK");
    } catch {
      // Nothing was written: closing the connection has the same effect, and comes at the latest with the process.
    }
  }

  /** Who has begun to wait since has looked after that, and looks again after a millisecond. */
  protected override wakeOthers(waited: boolean): void {
    if (waited) this.#wakeUp.send();
  }

  protected override othersWait(): boolean {
    try {
      return this.#opening.othersWait();
    } catch {
      return false; // the directory is gone
    }
  }

  protected override countWaiters(count: number): void {
    this.#opening.waiters = count;
  }

  protected override waiting(): number {
    return countOpenings(this.#files.directory).waiters;
  }

  protected override listen(): number {
    this.#wakeUp.listen();
    return LONGEST_PAUSE_MS;
  }

  protected override stopListening(): void {
    // It keeps nothing alive, and the next one to wait listens again.
  }

  protected override leave(): void {
    this.#wakeUp.close();
    this.#lock.close();
    this.#record.close();
    this.#opening.close();
    removeUnlessOpen(this.#files.directory);
  }

  /** The process ends: what it holds stays recorded as held, since nobody has said that it is done. */
  #end(): void {
    this.#opening.close();
    if (!this.isHeld) removeUnlessOpen(this.#files.directory);
  }
}
