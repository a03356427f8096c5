import { type FencingToken, type SyncGuard, TicketlockError } from "@ticketlock/core";
import type { BrokerClient } from "./broker-client.ts";
import type { BrokerReply } from "./protocol.ts";

/** The broker's answer that makes a guard. */
export type Grant = Extract<BrokerReply, { type: "granted" }>;

/**
 * One hold of an `IpcMutex`. Releasing it takes effect in the order of this process's messages, so
 * the caller need not wait for it. If nobody waited when it was granted, the release goes out with
 * the process's next message, at the latest at the end of this turn of the event loop: it then
 * costs next to nothing. Otherwise it goes out at once.
 *
 * **Crash behaviour**: if the broker goes, `signal` aborts, and `release` throws `LOCK_LOST`.
 */
export class IpcGuard implements SyncGuard {
  readonly token: FencingToken;
  readonly abandoned: boolean;
  readonly #client: BrokerClient;
  readonly #seat: number;
  readonly #contended: boolean;
  readonly #forget: () => void;
  #state: "held" | "released" | "lost" = "held";
  #controller: AbortController | undefined;

  constructor(client: BrokerClient, grant: Grant) {
    this.token = grant.token;
    this.abandoned = grant.abandoned;
    this.#client = client;
    this.#seat = grant.seat;
    this.#contended = grant.contended;
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
    const release = { type: "release", seat: this.#seat, token: this.token } as const;
    if (this.#contended) this.#client.tell(release);
    else this.#client.tellLater(release);
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
