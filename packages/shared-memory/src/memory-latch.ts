import { ABANDONED, FutexWord, HOLDER } from "./futex-word.ts";
import { LOOK_INTERVAL_MS, type ThreadPlatform } from "./thread-platform.ts";
import type { StoreLatch } from "./memory-ticket-store.ts";
import { ThreadTable } from "./thread-table.ts";
import { LINE } from "./shared-region.ts";

/**
 * A short-term lock inside another structure: FutexWord without guards, tokens and asynchronous
 * waiters. What it protects must be whole at every instant, since a dead holder's successor goes on
 * without a repair.
 */
export class MemoryLatch implements StoreLatch {
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #word: FutexWord;
  readonly #threads: ThreadTable;
  readonly #me: number;
  #left = false;

  constructor(words: Int32Array, base: number, room: number, platform: ThreadPlatform) {
    this.#words = words;
    this.#base = base;
    this.#word = new FutexWord(words, base, base + 1);
    this.#threads = new ThreadTable(words, base + LINE, room, platform);
    this.#me = this.#threads.enter((member) => this.#word.recover(member));
  }

  static words(room: number): number {
    return LINE + ThreadTable.words(room);
  }

  enter(): void {
    if (Atomics.compareExchange(this.#words, this.#base, 0, this.#me) === 0) return;
    if (!this.#word.spin(this.#me)) this.#wait();
    // What the latch protects is whole even after a death: there is nothing to be told.
    if ((this.#word.load() & ABANDONED) !== 0) this.#word.markConsistent();
  }

  leave(): void {
    if (Atomics.compareExchange(this.#words, this.#base, this.#me, 0) === this.#me) return;
    this.#word.release(this.#me);
  }

  #wait(): void {
    for (let owes = false; ;) {
      const holder = this.#word.load() & HOLDER;
      // This thread was thrown out of an earlier step, by a stack overflow say. As after a death, all is whole.
      if (holder !== 0 && this.#threads.isThisThread(holder)) this.#word.recover(holder);
      const sleep = this.#word.sleep(this.#me, owes, LOOK_INTERVAL_MS);
      if (sleep.taken) return;
      owes = sleep.owes;
      if (!sleep.timedOut) continue;
      if (holder !== 0) this.#threads.markIfGone(holder);
      this.#recoverDead();
    }
  }

  recover(threadId: number): void {
    if (this.#left) return;
    this.#threads.markThread(threadId);
    this.#recoverDead();
  }

  /** Leaves the structure in this thread. */
  close(): void {
    if (this.#left) return;
    this.#left = true;
    this.#threads.leave(this.#me);
  }

  #recoverDead(): void {
    this.#threads.recoverDead((member) => this.#word.recover(member));
  }
}
