import { TicketlockError } from "@ticketlock/core";
import { type Endings, STANDSTILL_MS } from "./endings.ts";
import { ABANDONED, FutexWord, HOLDER } from "./futex-word.ts";
import { endingsOf } from "./thread-endings.ts";
import type { ThreadPlatform } from "./thread-platform.ts";
import { looks } from "./looks.ts";
import type { StoreLatch } from "./memory-ticket-store.ts";
import { ThreadTable } from "./thread-table.ts";
import { LINE } from "./shared-region.ts";

/**
 * A short-term lock inside another structure: FutexWord without guards, tokens and asynchronous
 * waiters. What it protects must be whole at every instant, since a dead holder's successor goes on
 * without a repair.
 *
 * **Crash behaviour**: where a thread that has ended may run on, one that holds the latch keeps it, for
 * it may still write. Whoever wants to enter waits, blocking its thread, for it to leave or to be known as
 * gone, and is refused once that has taken five seconds, and from then on at once. One that comes in after its end leaves at once.
 */
export class MemoryLatch implements StoreLatch {
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #word: FutexWord;
  readonly #threads: ThreadTable;
  readonly #endings: Endings | undefined;
  readonly #me: number;
  #left = false;
  /** A member that was ended inside, as far as this opening has come upon it, and since when. */
  #suspect = { holder: 0, sinceMs: 0 };

  constructor(words: Int32Array, base: number, room: number, platform: ThreadPlatform) {
    this.#words = words;
    this.#base = base;
    this.#word = new FutexWord(words, base, base + 1);
    this.#threads = new ThreadTable(words, base + LINE, room, platform);
    this.#endings = endingsOf(platform, this.#threads);
    this.#me = this.#threads.enter((member) => this.#word.recover(member));
  }

  static words(room: number): number {
    return LINE + ThreadTable.words(room);
  }

  /** @throws {TicketlockError} `STORE_UNAVAILABLE` where a thread that was ended may still be inside, or the calling thread was ended. */
  enter(): void {
    if (Atomics.compareExchange(this.#words, this.#base, 0, this.#me) !== 0) {
      if (!this.#word.spin(this.#me)) this.#wait();
      // What the latch protects is whole even after a death: there is nothing to be told.
      if ((this.#word.load() & ABANDONED) !== 0) this.#word.markConsistent(this.#me);
    }
    if (this.#endings === undefined) return;
    this.#suspect.holder = 0; // whoever it was has left
    if (this.#endings.isEnded(this.#me)) {
      this.leave();
      throw endedOutside();
    }
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
      const sleep = this.#word.sleep(this.#me, owes, looks.intervalMs);
      if (sleep.taken) return;
      owes = sleep.owes;
      if (!sleep.timedOut) continue;
      if (holder !== 0) this.#threads.markIfGone(holder);
      this.#recoverDead();
      this.#checkMayWait(owes);
    }
  }

  #checkMayWait(owes: boolean): void {
    if (this.#endings === undefined) return;
    const holder = this.#word.load() & HOLDER;
    const isOut = this.#endings.isEnded(this.#me);
    const isStuck =
      holder !== 0 &&
      this.#endings.isEnded(holder) &&
      performance.now() - this.#since(holder) >= STANDSTILL_MS;
    if (!isOut && !isStuck) return;
    this.#word.leave(owes);
    throw isOut ? endedOutside() : endedInside();
  }

  /** When this opening first saw that the member was ended inside. */
  #since(holder: number): number {
    if (holder !== this.#suspect.holder) this.#suspect = { holder, sinceMs: performance.now() };
    return this.#suspect.sinceMs;
  }

  recover(threadId: number): void {
    if (this.#left) return;
    if (this.#endings === undefined) this.#threads.markThread(threadId);
    // It may have been woken without coming; if it is inside, it stays there.
    else this.#endings.markEnded(threadId, () => Atomics.notify(this.#words, this.#base));
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

function endedInside(): TicketlockError {
  return new TicketlockError(
    "STORE_UNAVAILABLE",
    "Cannot change the store: a thread was ended in the middle of a change, and may still go on with it. What was sold can be read; sell the rest from a new store.",
  );
}

function endedOutside(): TicketlockError {
  return new TicketlockError(
    "STORE_UNAVAILABLE",
    "Cannot change the store: this thread was ended by its owner, and runs on only by chance. Let it end.",
  );
}
