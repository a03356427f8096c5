import { type AcquireOptions, checkAcquireOptions, checkTimeoutMs } from "@ticketlock/core";
import { PendingAcquire } from "./pending-acquire.ts";
import { LOOK_INTERVAL_MS } from "./thread-platform.ts";

/** Words of an event: how often it was signalled, and how many wait for it. */
const SIGNALS = 0;
const WAITERS = 1;

/** What a wait ended with: what its condition gave, or nothing within the time. */
export type Awaited<T> = { readonly value: T } | undefined;

/**
 * Waiting for a condition on shared memory that others may make true. Whoever changes the memory
 * signals afterwards; a waiter looks at the signals, then at the condition, and sleeps only if no
 * signal has come since. All waiters are woken: one that is dead or busy keeps nothing from the rest.
 */
export class MemoryEvent {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #at: number;
  readonly #lookForDeaths: () => void;

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

  /** Blocks the thread until `condition` gives something other than `undefined`. */
  waitSync<T>(condition: () => T | undefined, timeout: number | undefined): Awaited<T> {
    const timeoutMs = checkTimeoutMs(timeout);
    const deadlineMs = performance.now() + timeoutMs;
    Atomics.add(this.#words, this.#at + WAITERS, 1);
    for (;;) {
      const seen = Atomics.load(this.#words, this.#at + SIGNALS);
      const value = condition();
      const restMs = deadlineMs - performance.now();
      if (value !== undefined || restMs <= 0) {
        Atomics.sub(this.#words, this.#at + WAITERS, 1);
        return value === undefined ? undefined : { value };
      }
      const sleepMs = Math.min(restMs, LOOK_INTERVAL_MS);
      const end = Atomics.wait(this.#words, this.#at + SIGNALS, seen, sleepMs); // pairs with signal
      if (end === "timed-out") this.#lookForDeaths();
    }
  }

  /** The same without blocking. `onTimeout` makes the error for a wait that takes too long. */
  async wait<T>(
    condition: () => T | undefined,
    options: AcquireOptions | undefined,
    onTimeout: (timeoutMs: number) => Error,
  ): Promise<T> {
    const { timeoutMs, signal } = checkAcquireOptions(options);
    const first = condition();
    if (first !== undefined) return first;
    if (timeoutMs === 0) throw onTimeout(0);

    let waiting = true;
    const pending = new PendingAcquire<T>(
      timeoutMs,
      signal,
      (self, reason) => self.refuse(reason),
      onTimeout,
    );
    const attempt = (): boolean => {
      try {
        const value = condition();
        if (value !== undefined) pending.grant(value);
        return value !== undefined;
      } catch (error) {
        pending.refuse(error);
        return true;
      }
    };
    // The timer also keeps the process alive: a runtime may not count Atomics.waitAsync as work.
    const look = setInterval(() => {
      this.#lookForDeaths();
      if (waiting) attempt();
    }, LOOK_INTERVAL_MS);
    Atomics.add(this.#words, this.#at + WAITERS, 1);
    void this.#serve(() => !waiting || attempt());
    try {
      return await pending.promise;
    } finally {
      waiting = false;
      clearInterval(look);
      Atomics.sub(this.#words, this.#at + WAITERS, 1);
      Atomics.notify(this.#words, this.#at + SIGNALS); // ends our own wait, and costs others a look
    }
  }

  async #serve(isOver: () => boolean): Promise<void> {
    for (;;) {
      const seen = Atomics.load(this.#words, this.#at + SIGNALS);
      if (isOver()) return;
      const wait = Atomics.waitAsync(this.#words, this.#at + SIGNALS, seen); // pairs with signal
      if (wait.async) await wait.value;
    }
  }
}
