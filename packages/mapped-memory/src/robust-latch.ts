import { TicketlockError } from "@ticketlock/core";
import { FastWord } from "@ticketlock/shared-memory/building-blocks";
import type { MappedFile } from "./mapped-file.ts";
import { openRobustLockWord, type RobustLockWord } from "./robust-lock-word.ts";
import { OWNER_DIED, THREAD_ID } from "./robust-word.ts";
import { looks, replaced } from "./looks.ts";

/**
 * A short-term lock inside a structure in a mapped file: no guards, no tokens, no asynchronous
 * waiters. What it protects must be whole at every instant, since a dead holder's successor goes on
 * without a repair.
 */
export class RobustLatch {
  readonly #file: MappedFile;
  #fast: FastWord;
  readonly #me: number;
  readonly #lock: RobustLockWord;
  readonly #limitMs: number;
  #closed = false;

  /**
   * The word at `at` must be even and in the file's first page. Who waits longer than `limitMs` gives
   * up: the kernel frees what the dead hold, but not what a process holds that was stopped.
   * @throws {TicketlockError} as openRobustLockWord.
   */
  constructor(file: MappedFile, at: number, limitMs: number = Infinity) {
    this.#file = file;
    this.#fast = file.fastWord(at);
    this.#me = file.platform.threadId;
    this.#lock = openRobustLockWord(file, at);
    this.#limitMs = limitMs;
  }

  /** @throws {TicketlockError} `LOCK_LOST` if the file was removed or replaced while this waited; `LOCK_TIMEOUT`. */
  enter(): void {
    if (this.#fast.compareExchange(0, this.#me) === 0) return;
    const { word } = this.#lock;
    // Thrown out of an earlier step, by a stack overflow say: as after a death, all is whole.
    if ((word.load() & THREAD_ID) === this.#me) return;
    if (!word.tryTake() && !word.spin()) this.#wait();
    if ((word.load() & OWNER_DIED) !== 0) word.markConsistent();
  }

  #wait(): void {
    const { word } = this.#lock;
    const endMs = performance.now() + this.#limitMs;
    word.beginWait();
    for (let hasSlept = false; ; hasSlept = true) {
      const look = word.takeOrSleep(hasSlept, looks.sliceMs);
      if (look === "taken") return;
      if (look === "woken") continue;
      const isReplaced = this.#file.isReplaced();
      if (!isReplaced && performance.now() < endMs) continue;
      word.leave();
      throw isReplaced ? replaced(this.#file.path) : this.#timedOut();
    }
  }

  #timedOut(): TicketlockError {
    return new TicketlockError(
      "LOCK_TIMEOUT",
      `Cannot change what is in ${this.#file.path}: others have kept it busy for ${this.#limitMs} ms. Look for a process that was stopped in the middle of a change, and try again.`,
    );
  }

  leave(): void {
    if (this.#fast.compareExchange(this.#me, 0) === this.#me) return;
    this.#lock.word.release();
  }

  /** Leaves the structure in this thread. Before the file is closed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#fast = new FastWord(none, 0); // what its page shows from now on may be another lock's
    this.#lock.close();
  }
}

const none = new Int32Array(0);
