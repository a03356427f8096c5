import { type FencingToken, type SyncGuard, TicketlockError } from "@ticketlock/core";

/** What a guard does to its lock. */
export interface SqliteHold {
  readonly token: FencingToken;
  readonly abandoned: boolean;
  markConsistent(): void;
  release(): void;
}

/**
 * One hold of a `SqliteMutex`: an open transaction of a connection that is the hold's own.
 *
 * **Crash behaviour**: the operating system ends the transaction with the process, however that
 * ends. `signal` never aborts: nothing takes the lock from a living process.
 */
export class SqliteGuard implements SyncGuard {
  readonly token: FencingToken;
  readonly abandoned: boolean;
  readonly #hold: SqliteHold;
  #released = false;
  #controller: AbortController | undefined;

  constructor(hold: SqliteHold) {
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
