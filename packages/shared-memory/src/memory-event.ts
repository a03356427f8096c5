import { type AcquireOptions, checkAcquireOptions, checkTimeoutMs } from "@ticketlock/core";
import { PendingAcquire } from "./pending-acquire.ts";
import { LOOK_INTERVAL_MS } from "./thread-platform.ts";

/** Words of an event: how often it was signalled, and how many wait for it. */
const SIGNALS = 0;
const WAITERS = 1;

/** Looks at the shared memory: what the waiter gets, or `undefined` if it has to wait. */
export type Condition<T> = () => T | undefined;

/** A wait that does not block: settles, and says so, once its condition gives something or throws. */
interface Waiting {
  attempt(): boolean;
}

/**
 * Waiting for a condition on shared memory that others may make true. Whoever changes the memory
 * signals afterwards; a waiter looks at the signals, then at the condition, and sleeps only if no
 * signal has come since. All threads are woken: one that is dead or busy keeps nothing from the rest.
 *
 * **Fairness**: the waits of one opening are served in the order in which they began. Between
 * threads, whoever comes first.
 */
export class MemoryEvent {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #at: number;
  readonly #lookForDeaths: () => void;
  /** Waits of this opening that do not block, in order. */
  readonly #waits = new Set<Waiting>();
  #look: ReturnType<typeof setInterval> | undefined;
  #serving = false;

  /** `lookForDeaths` runs whenever a waiter has slept for a while: a dead thread signals nothing. */
  constructor(words: Int32Array<SharedArrayBuffer>, at: number, lookForDeaths: () => void) {
    this.#words = words;
    this.#at = at;
    this.#lookForDeaths = lookForDeaths;
  }

  /** The memory has changed. */
  signal(): void {
    Atomics.add(this.#words, this.#at + SIGNALS, 1);
    // A waiter counts itself before it looks: either it is seen here, or it sees the change.
    if (Atomics.load(this.#words, this.#at + WAITERS) > 0) {
      Atomics.notify(this.#words, this.#at + SIGNALS);
    }
  }

  /** Looks at the condition now, behind the waits that came before. */
  attempt<T>(condition: Condition<T>): T | undefined {
    return this.#serveWaits() ? condition() : undefined;
  }

  /** Blocks the thread until the condition gives something; `undefined` when the time is over. */
  waitSync<T>(condition: Condition<T>, timeout: number | undefined): T | undefined {
    const timeoutMs = checkTimeoutMs(timeout);
    const first = this.attempt(condition);
    if (first !== undefined || timeoutMs === 0) return first;
    const deadlineMs = performance.now() + timeoutMs;
    Atomics.add(this.#words, this.#at + WAITERS, 1);
    try {
      for (;;) {
        const seen = Atomics.load(this.#words, this.#at + SIGNALS);
        const value = this.attempt(condition);
        const restMs = deadlineMs - performance.now();
        if (value !== undefined || restMs <= 0) return value;
        const sleepMs = Math.min(restMs, LOOK_INTERVAL_MS);
        const end = Atomics.wait(this.#words, this.#at + SIGNALS, seen, sleepMs); // pairs with signal
        if (end === "timed-out") this.#lookForDeaths();
      }
    } finally {
      Atomics.sub(this.#words, this.#at + WAITERS, 1);
    }
  }

  /** The same without blocking. `onTimeout` makes the error for a wait that takes too long. */
  async wait<T>(
    condition: Condition<T>,
    options: AcquireOptions | undefined,
    onTimeout: (timeoutMs: number) => Error,
  ): Promise<T> {
    const { timeoutMs, signal } = checkAcquireOptions(options);
    const first = this.attempt(condition);
    if (first !== undefined) return first;
    if (timeoutMs === 0) throw onTimeout(0);

    const giveUp = (pending: PendingAcquire<T>, reason: unknown): void => {
      this.#serveWaits(); // it may be due: what came in time is not refused
      if (this.#remove(waiting)) pending.refuse(reason);
    };
    const pending = new PendingAcquire<T>(timeoutMs, signal, giveUp, onTimeout);
    const waiting: Waiting = {
      attempt: () => {
        try {
          const value = condition();
          if (value === undefined) return false;
          this.#remove(waiting);
          pending.grant(value);
        } catch (error) {
          this.#remove(waiting);
          pending.refuse(error);
        }
        return true;
      },
    };
    this.#add(waiting);
    return pending.promise;
  }

  #add(waiting: Waiting): void {
    this.#waits.add(waiting);
    if (this.#waits.size > 1) return;
    Atomics.add(this.#words, this.#at + WAITERS, 1);
    // The timer also keeps the process alive: a runtime may not count Atomics.waitAsync as work.
    this.#look = setInterval(() => {
      this.#lookForDeaths();
      this.#serveWaits();
    }, LOOK_INTERVAL_MS);
    if (!this.#serving) void this.#serve();
  }

  /** False if it was served, or had given up, before. */
  #remove(waiting: Waiting): boolean {
    if (!this.#waits.delete(waiting)) return false;
    if (this.#waits.size === 0) {
      clearInterval(this.#look);
      Atomics.sub(this.#words, this.#at + WAITERS, 1);
      Atomics.notify(this.#words, this.#at + SIGNALS); // ends our own wait, and costs others a look
    }
    return true;
  }

  /** Serves waits in order for as long as their conditions hold. True if none is left. */
  #serveWaits(): boolean {
    for (const waiting of this.#waits) if (!waiting.attempt()) return false;
    return true;
  }

  async #serve(): Promise<void> {
    this.#serving = true;
    for (;;) {
      const seen = Atomics.load(this.#words, this.#at + SIGNALS);
      if (this.#serveWaits()) break;
      const wait = Atomics.waitAsync(this.#words, this.#at + SIGNALS, seen); // pairs with signal
      if (wait.async) await wait.value;
    }
    this.#serving = false;
  }
}
