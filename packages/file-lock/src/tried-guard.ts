import { type FencingToken, type SyncGuard, TicketlockError } from "@ticketlock/core";

/** What a guard does to its lock. */
export interface TriedHold {
  readonly token: FencingToken;
  readonly abandoned: boolean;
  markConsistent(): void;
  release(): void;
}

/**
 * One hold of a `TriedMutex`.
 *
 * **Crash behaviour**: the operating system ends the hold with the process, however that ends.
 * `signal` never aborts: nothing takes the lock from a living process.
 */
export class TriedGuard implements SyncGuard {
  readonly token: FencingToken;
  readonly abandoned: boolean;
  readonly #hold: TriedHold;
  #released = false;
  #controller: AbortController | undefined;

  constructor(hold: TriedHold) {
    this.token = hold.token;
    this.abandoned = hold.abandoned;
    this.#hold = hold;
  }

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }

  /** @throws {TicketlockError} `LOCK_NOT_HOLDER` after the release; `LOCK_UNAVAILABLE` if it cannot be recorded. */
  markConsistent(): void {
    if (this.#released) {
      throw new TicketlockError(
        "LOCK_NOT_HOLDER",
        "Cannot call the data consistent: the lock was released before. Call markConsistent inside the section.",
      );
    }
    this.#hold.markConsistent();
  }

  /** @throws {TicketlockError} `LOCK_LOST` on the first call if the lock was found not to have kept others out, its file being replaced. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#hold.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}
