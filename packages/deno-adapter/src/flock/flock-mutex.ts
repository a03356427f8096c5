import type { Handle, LockGuarantees, LockState } from "@ticketlock/core";
import { type Hold, TriedMutex } from "@ticketlock/file-lock";
import type { Deno, FsFile } from "../deno-types.ts";
import { Bell } from "./bell.ts";
import { lockFileError } from "./flock-errors.ts";
import { type FlockFiles, identityText } from "./flock-files.ts";
import { HoldRecord } from "./hold-record.ts";
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

/** The longest pause matters only where rings are not heard: releases ring everywhere, deaths on Linux. */
const PAUSES: Pauses = { firstMs: 1, longestMs: 1_000 };
const LONGEST_PAUSE_UNHEARD_MS = 40;

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
 * threads of Deno, of one user on one host. No native code, no server, no common parent. Waiters sleep
 * until the bell rings.
 *
 * **Fairness**: none is promised; see `TriedMutex`.
 *
 * **Crash behaviour**: the kernel unlocks the file when its process ends, however it ends; on Linux
 * waiters hear of it at once, elsewhere they look every 40 ms on average. The next holder is told
 * `abandoned`. Tokens lie in the file and rise across any death; a power cut may take the last ones
 * back.
 *
 * An uncontended acquisition and release is a dozen system calls and blocks the event loop for
 * their microseconds. Waiting does not block it.
 */
export class FlockMutex extends TriedMutex {
  readonly handle: Handle;
  readonly guarantees: LockGuarantees = flockGuarantees;
  readonly #deno: Deno;
  readonly #files: FlockFiles;
  readonly #tokensAbove: number;
  readonly #longestMs: number;
  readonly #left: (() => void) | undefined;
  readonly #file: FsFile;
  readonly #identity: string;
  readonly #record: HoldRecord;
  readonly #opening: Opening;
  readonly #bell: Bell;

  /** @throws {TicketlockError} `LOCK_CORRUPT`, `LOCK_LOST`, `LOCK_UNAVAILABLE`. */
  constructor(handle: Handle, parts: FlockParts) {
    const { deno, files, maxWaiters, pauses = PAUSES } = parts;
    super({ maxWaiters, firstPauseMs: pauses.firstMs });
    this.handle = handle;
    this.#deno = deno;
    this.#files = files;
    this.#tokensAbove = parts.tokensAbove;
    this.#longestMs = pauses.longestMs;
    this.#left = parts.left;
    this.#file = files.openFile(files.lock);
    let bell: Bell | undefined;
    try {
      this.#identity = identityText(this.#file.statSync());
      files.checkInPlace(this.#identity);
      this.#record = new HoldRecord(files.lock, this.#file);
      this.#bell = bell = new Bell(deno, files, () => this.woken());
      this.#opening = new Opening(deno, files);
    } catch (error) {
      bell?.close();
      this.#file.close();
      throw error;
    }
  }

  /** The holder is named by its process id, in a worker by a number of its thread's own. */
  query(): LockState {
    this.checkOpen();
    const { directory } = this.#files;
    const { token, held, abandoned, holderId, opening } = this.#record.state();
    const { waiters } = countOpenings(this.#deno, directory);
    if (!held) return { held, token, waiters, abandoned };
    if (lasts(this.#deno, directory, opening))
      return { held, holder: { id: holderId }, token, waiters, abandoned };
    return { held: false, token, waiters, abandoned: true };
  }

  protected override tryTake(): Hold | undefined {
    try {
      if (!this.#file.tryLockSync(true)) return undefined;
    } catch (error) {
      throw lockFileError("lock", this.#files.lock, error);
    }
    try {
      return this.takeAgain();
    } catch (error) {
      this.letGo();
      throw error;
    }
  }

  /**
   * Says that somebody waits between two tries. Pairs with `wakeOthers`, which reads the mark after the
   * unlocking: either this finds the lock free, or that finds the mark and rings.
   */
  protected override tryTakeWaiting(): Hold | undefined {
    const hold = this.tryTake();
    if (hold !== undefined) return hold;
    this.#record.want();
    return this.tryTake();
  }

  protected override takeAgain(): Hold {
    this.checkKept();
    return this.#record.take(contenderId(this.#deno), this.#opening.number, this.#tokensAbove);
  }

  protected override checkKept(): void {
    this.#files.checkInPlace(this.#identity);
  }

  protected override recordEnd(token: number): void {
    this.#record.free(token);
  }

  protected override recordConsistent(token: number): void {
    this.#record.markConsistent(token);
  }

  protected override letGo(): void {
    try {
      this.#file.unlockSync();
    } catch {
      // Closing the file has the same effect, and comes at the latest with the process.
    }
  }

  protected override wakeOthers(): void {
    try {
      if (this.#record.takeWanted()) this.#bell.ring();
    } catch {
      this.#bell.ring();
    }
  }

  protected override othersWait(): boolean {
    try {
      return this.#record.isWanted();
    } catch {
      return false;
    }
  }

  protected override countWaiters(count: number): void {
    this.#opening.waiters = count;
  }

  protected override waiting(): number {
    return countOpenings(this.#deno, this.#files.directory).waiters;
  }

  protected override listen(): number {
    return this.#bell.listen() ? this.#longestMs : LONGEST_PAUSE_UNHEARD_MS;
  }

  protected override stopListening(): void {
    this.#bell.stop();
  }

  protected override leave(): void {
    this.#file.close();
    this.#opening.close();
    this.#bell.close();
    this.#left?.();
  }
}
