import type { FencingToken, SyncGuard } from "@ticketlock/core";

/** What a guard asks of the lock that made it; adapters do not show these methods to their users. */
export interface HoldOwner {
  endHold(token: FencingToken): void;
  markConsistent(token: FencingToken): void;
}

/** A hold of a lock in memory. Small and without closures, so that engines can keep it off the heap. */
export class MemoryGuard implements SyncGuard {
  readonly token: FencingToken;
  readonly abandoned: boolean;
  readonly #owner: HoldOwner;
  #live = true;
  #controller: AbortController | undefined;

  constructor(owner: HoldOwner, token: FencingToken, abandoned: boolean) {
    this.#owner = owner;
    this.token = token;
    this.abandoned = abandoned;
  }

  /** Never aborts: a hold in memory ends with its release or with its thread. */
  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }

  markConsistent(): void {
    if (this.#live) this.#owner.markConsistent(this.token);
  }

  release(): void {
    if (!this.#live) return;
    this.#live = false;
    this.#owner.endHold(this.token);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}
