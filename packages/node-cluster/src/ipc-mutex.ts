import {
  type AcquireOptions,
  checkAcquireOptions,
  type Handle,
  type Lock,
  type LockGuarantees,
  type LockState,
  type MaybePromise,
  runExclusive,
  TicketlockError,
} from "@ticketlock/core";
import { closed, timedOut } from "@ticketlock/shared-memory/building-blocks";
import type { Asker, BrokerClient } from "./broker-client.ts";
import { IpcGuard } from "./ipc-guard.ts";
import { startTimer } from "./long-timer.ts";

export const ipcGuarantees: LockGuarantees = {
  scope: "processes",
  exclusive: true,
  fifo: true,
  blocking: false,
  tokens: "memory",
  ownerDeath: "immediate",
};

/**
 * A mutex between the processes of one cluster, kept by a broker in the primary.
 *
 * **Fairness**: granted strictly in the order in which requests reach the primary.
 *
 * **Crash behaviour**: what a process held is freed when it is gone - at the later of its
 * disconnect and its exit, after its last message - and the next holder is told `abandoned`. When
 * the primary ends, its workers end as soon as their event loops turn; the primary that keeps the name
 * next grants nothing until they have.
 *
 * An acquisition costs one message round trip; a release goes along with the next message, or is
 * one that is not waited for.
 */
export class IpcMutex implements Lock<IpcGuard> {
  readonly handle: Handle;
  readonly guarantees: LockGuarantees = ipcGuarantees;
  readonly #client: BrokerClient;
  readonly #seat: number;
  readonly #pending = new Set<PendingAcquisition>();
  #closed = false;

  constructor(handle: Handle, client: BrokerClient, seat: number) {
    this.handle = handle;
    this.#client = client;
    this.#seat = seat;
  }

  async acquire(options?: AcquireOptions): Promise<IpcGuard> {
    const { timeoutMs, signal } = checkAcquireOptions(options);
    const guard = await this.#ask(timeoutMs, signal);
    if (guard !== undefined) return guard;
    throw timedOut(timeoutMs);
  }

  /** Takes one round trip to the broker. */
  tryAcquire(): Promise<IpcGuard | undefined> {
    return this.#ask(0, undefined);
  }

  runExclusive<T>(
    section: (guard: IpcGuard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return runExclusive<IpcGuard, T>(this, section, options);
  }

  async query(): Promise<LockState> {
    this.#checkOpen();
    return (await this.#client.question("state", (id) => ({ type: "query", id, seat: this.#seat })))
      .state;
  }

  /** A guard that is held stays good until it is released. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const pending of [...this.#pending]) pending.withdraw(closed());
    this.#client.tell({ type: "close", seat: this.#seat });
  }

  /** `undefined` if the lock is not to be had in time. */
  async #ask(timeoutMs: number, signal: AbortSignal | undefined): Promise<IpcGuard | undefined> {
    this.#checkOpen();
    return new Promise((resolve, reject) => {
      const pending = new PendingAcquisition(this.#client, this.#seat, (guard, error) => {
        this.#pending.delete(pending);
        if (error === undefined) resolve(guard);
        else reject(error.reason);
      });
      this.#pending.add(pending);
      pending.start(timeoutMs, signal);
    });
  }

  #checkOpen(): void {
    if (this.#closed) throw closed();
  }
}

/** Called once: with the guard, with nothing if the lock was busy, or with the reason why not. */
type Settle = (guard: IpcGuard | undefined, error?: { readonly reason: unknown }) => void;

/** One acquisition on its way: settled by the first of grant, refusal, time-out, abort and closing. */
class PendingAcquisition implements Asker {
  readonly #client: BrokerClient;
  readonly #seat: number;
  readonly #settle: Settle;
  #id = 0;
  #signal: AbortSignal | undefined;
  #stopTimer: (() => void) | undefined;
  #settled = false;

  constructor(client: BrokerClient, seat: number, settle: Settle) {
    this.#client = client;
    this.#seat = seat;
    this.#settle = settle;
  }

  start(timeoutMs: number, signal: AbortSignal | undefined): void {
    const wait = timeoutMs > 0;
    this.#id = this.#client.ask((id) => ({ type: "acquire", id, seat: this.#seat, wait }), this);
    if (this.#settled) return;
    if (wait && timeoutMs !== Infinity)
      this.#stopTimer = startTimer(timeoutMs, () => this.withdraw(timedOut(timeoutMs)));
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  answered(reply: Parameters<Asker["answered"]>[0]): void {
    if (reply.type === "granted") this.#finish(new IpcGuard(this.#client, reply));
    else if (reply.type === "busy") this.#finish(undefined);
    else
      this.failed(
        new TicketlockError(
          "PROTOCOL_VIOLATION",
          "Cannot understand the lock's broker: it answers an acquisition with something else.",
        ),
      );
  }

  failed(error: unknown): void {
    this.#finish(undefined, { reason: error });
  }

  /** Leaves the queue; a grant that is on its way is handed on. */
  withdraw(reason: unknown): void {
    this.#client.withdraw(this.#id);
    this.#finish(undefined, { reason });
  }

  readonly #abort = (): void => this.withdraw(this.#signal?.reason);

  #finish(guard: IpcGuard | undefined, error?: { readonly reason: unknown }): void {
    this.#settled = true;
    this.#stopTimer?.();
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#settle(guard, error);
  }
}
