import type { FencingToken, SyncGuard } from "@ticketlock/core";
import { tokenOf } from "./fencing-tokens.ts";

/** What a guard asks of the lock that made it; adapters do not show these methods to their users. */
export interface HoldOwner {
  /** @param tokenLow - low word of the hold's token */
  endHold(tokenLow: number): void;
  markConsistent(tokenLow: number): void;
}

/** A hold of a lock in memory. Small, without closures and of small integers, so that engines can keep it off the heap. */
export class MemoryGuard implements SyncGuard {
  readonly abandoned: boolean;
  readonly #owner: HoldOwner;
  readonly #tokenLow: number;
  readonly #tokenHigh: number;
  #live = true;
  #controller: AbortController | undefined;

  constructor(owner: HoldOwner, tokenLow: number, tokenHigh: number, abandoned: boolean) {
    this.#owner = owner;
    this.#tokenLow = tokenLow;
    this.#tokenHigh = tokenHigh;
    this.abandoned = abandoned;
  }

  get token(): FencingToken {
    return tokenOf(this.#tokenLow, this.#tokenHigh);
  }

  /** Never aborts: a hold in memory ends with its release or with its thread. */
  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }

  markConsistent(): void {
    if (this.#live) this.#owner.markConsistent(this.#tokenLow);
  }

  release(): void {
    if (!this.#live) return;
    this.#live = false;
    this.#owner.endHold(this.#tokenLow);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}
