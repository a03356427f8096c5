import type { FencingToken, SyncGuard } from "@ticketlock/core";
import { tokenOf } from "./fencing-tokens.ts";

/** What a guard asks of the lock that made it; adapters do not show these methods to their users. */
export interface HoldOwner {
  /** @param tokenLow - low word of the hold's token */
  endHold(tokenLow: number): void;
  markConsistent(tokenLow: number): void;
}

/** Signals that somebody has asked for: few guards ever have one. */
const signals = new WeakMap<MemoryGuard, AbortSignal>();

/**
 * A hold of a lock in memory. One is made for each acquisition, so what it costs is counted in bytes:
 * three fields, of which none is a float, and none that follows from another.
 */
export class MemoryGuard implements SyncGuard {
  /** Undefined once the hold has ended. */
  #owner: HoldOwner | undefined;
  readonly #tokenLow: number;
  readonly #tokenHigh: number;

  constructor(owner: HoldOwner, tokenLow: number, tokenHigh: number) {
    this.#owner = owner;
    this.#tokenLow = tokenLow;
    this.#tokenHigh = tokenHigh;
  }

  get token(): FencingToken {
    return tokenOf(this.#tokenLow, this.#tokenHigh);
  }

  get abandoned(): boolean {
    return false;
  }

  /** Never aborts: a hold in memory ends with its release or with its thread. */
  get signal(): AbortSignal {
    const known = signals.get(this);
    if (known !== undefined) return known;
    const { signal } = new AbortController();
    signals.set(this, signal);
    return signal;
  }

  markConsistent(): void {
    this.#owner?.markConsistent(this.#tokenLow);
  }

  release(): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    this.#owner = undefined;
    owner.endHold(this.#tokenLow);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}

/** A hold after a holder's death for which nobody has answered yet. */
export class AbandonedGuard extends MemoryGuard {
  override get abandoned(): boolean {
    return true;
  }
}
