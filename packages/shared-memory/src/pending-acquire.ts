import { TicketlockError } from "@ticketlock/core";

/** Longest delay that a timer takes; longer waits are waited for in parts. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One asynchronous acquisition that waits: its promise, its time limit and its signal. */
export class PendingAcquire<T> {
  readonly promise: Promise<T>;
  readonly #resolve: (value: T) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #giveUp: (reason: unknown) => void;
  readonly #onTimeout: (timeoutMs: number) => Error;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onAbort: (() => void) | undefined;

  /** `giveUp` is called when the time is over or the signal aborts; it takes the waiter out and settles it. */
  constructor(
    timeoutMs: number,
    signal: AbortSignal | undefined,
    giveUp: (pending: PendingAcquire<T>, reason: unknown) => void,
    onTimeout: (timeoutMs: number) => Error = timedOut,
  ) {
    let resolve!: (value: T) => void;
    let reject!: (reason: unknown) => void;
    this.promise = new Promise((yes, no) => {
      resolve = yes;
      reject = no;
    });
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    this.#onTimeout = onTimeout;
    this.#giveUp = (reason) => giveUp(this, reason);
    if (timeoutMs !== Infinity) this.#limit(timeoutMs, timeoutMs);
    if (signal !== undefined) {
      this.#onAbort = () => this.#giveUp(signal.reason);
      signal.addEventListener("abort", this.#onAbort, { once: true });
    }
  }

  grant(value: T): void {
    this.#settled();
    this.#resolve(value);
  }

  refuse(reason: unknown): void {
    this.#settled();
    this.#reject(reason);
  }

  #limit(restMs: number, timeoutMs: number): void {
    const partMs = Math.min(restMs, MAX_TIMER_MS);
    this.#timer = setTimeout(() => {
      if (restMs > partMs) this.#limit(restMs - partMs, timeoutMs);
      else this.#giveUp(this.#onTimeout(timeoutMs));
    }, partMs);
  }

  #settled(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}

export function timedOut(timeoutMs: number): TicketlockError {
  return new TicketlockError(
    "LOCK_TIMEOUT",
    `Cannot acquire the lock within ${timeoutMs} ms: it is held. Try again, or wait longer.`,
  );
}

export function closed(): TicketlockError {
  return new TicketlockError(
    "LOCK_CLOSED",
    "Cannot acquire the lock: it was closed in this thread. Open its handle again.",
  );
}

export function deadlock(): TicketlockError {
  return new TicketlockError(
    "LOCK_DEADLOCK",
    "Cannot block on the lock: this thread holds it, or has asked for it before, so it would wait for itself. Release first, or use acquire, which does not block.",
  );
}

export function full(): TicketlockError {
  return new TicketlockError(
    "QUEUE_FULL",
    "Cannot wait for the lock: as many acquisitions wait as it has room for. Try again later, or create it with a larger maxWaiters.",
  );
}

export function lost(): TicketlockError {
  return new TicketlockError(
    "LOCK_LOST",
    "Cannot release the lock: this hold has already ended. Treat what it protected as changed by others.",
  );
}

/** The lock's holder was ended, and nobody has answered for it yet. */
export function holderLost(): TicketlockError {
  return new TicketlockError(
    "LOCK_LOST",
    "Cannot acquire the lock: the thread that holds it was ended, but may run on. Call reset() once it can do no harm, or its fencing token keeps it out of the store.",
  );
}

/** The calling thread is the one that was ended. */
export function endedHere(): TicketlockError {
  return new TicketlockError(
    "LOCK_LOST",
    "Cannot acquire the lock: this thread was ended by its owner, and runs on only by chance. Let it end.",
  );
}

export function takenForDead(): TicketlockError {
  return new TicketlockError(
    "LOCK_LOST",
    "Cannot acquire the lock: this thread was taken for dead, and its place in the line given up. Open the lock's handle again.",
  );
}
