import { type FencingToken, type SyncGuard, TicketlockError } from "@ticketlock/core";
import type { BrokerClient } from "./broker-client.ts";

/**
 * One hold of an `IpcMutex`. Releasing it takes effect in the order of this process's messages, so
 * the caller need not wait for it.
 *
 * **Crash behaviour**: if the broker goes, `signal` aborts, and `release` throws `LOCK_LOST`.
 */
export class IpcGuard implements SyncGuard {
  readonly token: FencingToken;
  readonly abandoned: boolean;
  readonly #client: BrokerClient;
  readonly #seat: number;
  readonly #forget: () => void;
  #state: "held" | "released" | "lost" = "held";
  #controller: AbortController | undefined;

  constructor(client: BrokerClient, seat: number, token: FencingToken, abandoned: boolean) {
    this.token = token;
    this.abandoned = abandoned;
    this.#client = client;
    this.#seat = seat;
    this.#forget = client.whileHeld(() => this.#lose());
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#state === "lost") this.#controller.abort(lostError());
    }
    return this.#controller.signal;
  }

  markConsistent(): void {
    if (this.#state === "released") {
      throw new TicketlockError(
        "LOCK_NOT_HOLDER",
        "Cannot call the data consistent: the lock was released before. Call markConsistent inside the section.",
      );
    }
    if (this.#state === "lost") throw lostError();
    this.#client.tell({ type: "consistent", seat: this.#seat, token: this.token });
  }

  release(): void {
    if (this.#state === "released") return;
    const wasLost = this.#state === "lost";
    this.#state = "released";
    if (wasLost) throw lostError();
    this.#forget();
    this.#client.tell({ type: "release", seat: this.#seat, token: this.token });
  }

  [Symbol.dispose](): void {
    this.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }

  #lose(): void {
    if (this.#state !== "held") return;
    this.#state = "lost";
    this.#controller?.abort(lostError());
  }
}

function lostError(): TicketlockError {
  return new TicketlockError(
    "LOCK_LOST",
    "Cannot keep the lock: its broker ended while it was held, so nobody vouches for the exclusion any more.",
  );
}
