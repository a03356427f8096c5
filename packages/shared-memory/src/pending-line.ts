import type { SyncGuard } from "@ticketlock/core";
import { full, PendingAcquire } from "./pending-acquire.ts";
import { looks } from "./looks.ts";

/** What the line asks of its lock. */
export interface LineLock {
  /** Begins to wait for `pending`, and counts it. False if there is no room to. */
  enqueue(pending: PendingAcquire<SyncGuard>): boolean;
  /** Takes `pending` out of the lock's own line, if it has one; what it was given meanwhile goes to the next. */
  dequeue(pending: PendingAcquire<SyncGuard>): void;
  /** Counts one less that waits. */
  endWaiting(): void;
  lookForDeath(): void;
}

/**
 * The acquisitions of one thread that wait for a lock without blocking, in order of arrival. While there
 * are any, a timer looks for deaths now and then; it also keeps the process alive, since a runtime may
 * not count `Atomics.waitAsync` as work.
 */
export class PendingLine {
  readonly #lock: LineLock;
  readonly #pending = new Set<PendingAcquire<SyncGuard>>();
  #look: ReturnType<typeof setTimeout> | undefined;

  constructor(lock: LineLock) {
    this.#lock = lock;
  }

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  get first(): PendingAcquire<SyncGuard> | undefined {
    return this.#pending.values().next().value;
  }

  wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<SyncGuard> {
    const pending = new PendingAcquire<SyncGuard>(timeoutMs, signal, (self, reason) =>
      this.refuse(self, reason),
    );
    this.#pending.add(pending);
    if (this.#look === undefined) this.#keepLooking(looks.intervalMs);
    if (!this.#lock.enqueue(pending)) {
      this.#forget(pending);
      pending.refuse(full());
    }
    return pending.promise;
  }

  /** The calling thread has the lock, and it is `pending` that gets it. */
  grant(pending: PendingAcquire<SyncGuard>, guard: () => SyncGuard): void {
    this.#settled(pending);
    try {
      pending.grant(guard());
    } catch (error) {
      pending.refuse(error); // this thread was ended
    }
  }

  refuse(pending: PendingAcquire<SyncGuard>, reason: unknown): void {
    if (!this.#pending.has(pending)) return;
    this.#settled(pending);
    this.#lock.dequeue(pending);
    pending.refuse(reason);
  }

  refuseAll(reason: () => unknown): void {
    for (const pending of [...this.#pending]) this.refuse(pending, reason());
  }

  #keepLooking(intervalMs: number): void {
    this.#look = setTimeout(() => {
      this.#keepLooking(Math.min(2 * intervalMs, looks.longestMs));
      this.#lock.lookForDeath();
    }, intervalMs);
  }

  #settled(pending: PendingAcquire<SyncGuard>): void {
    this.#lock.endWaiting();
    this.#forget(pending);
  }

  #forget(pending: PendingAcquire<SyncGuard>): void {
    this.#pending.delete(pending);
    if (this.#pending.size > 0) return;
    clearTimeout(this.#look);
    this.#look = undefined;
  }
}
