import type { SyncGuard } from "@ticketlock/core";
import { full, PendingAcquire } from "@ticketlock/shared-memory/building-blocks";
import type { MappedFile } from "./mapped-file.ts";
import type { Precedence } from "./precedence.ts";
import type { RobustWord } from "./robust-word.ts";
import { looks, replaced } from "./looks.ts";
import { TOLD } from "./watch-slot.ts";
import { type Watch, watch } from "./watcher.ts";

/** Acquisitions that may wait through one opening: they are in this process's memory only. */
const MAX_PENDING = 32_768;

/** What the waiters of one opening need of their mutex. */
export interface WaitersMutex {
  readonly file: MappedFile;
  /** Where the lock word is. */
  readonly at: number;
  readonly word: RobustWord;
  readonly precedence: Precedence;
  /** A guard for the lock that this thread has just taken. */
  guard(): SyncGuard;
  countWaiting(change: 1 | -1): void;
  /** Something that differs once somebody has taken the lock. */
  lastToken(): number;
  countRescue(): void;
}

/**
 * The acquisitions of one opening that wait without blocking, in the order in which they came. A
 * helper thread sleeps in their place and tells; the attempt is made here, in the thread that will
 * run the section. A timer keeps the process alive meanwhile, and looks again now and then.
 */
export class AsyncWaiters {
  readonly #mutex: WaitersMutex;
  readonly #pending = new Set<PendingAcquire<SyncGuard>>();
  #watch: Watch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tokenAtLook = 0;
  /** When the present first one, or one before it, began to be the first, and the token then. */
  #firstSinceMs = 0;
  #firstSinceToken = 0;

  constructor(mutex: WaitersMutex) {
    this.#mutex = mutex;
  }

  get size(): number {
    return this.#pending.size;
  }

  /**
   * @param holdsBack - it does not try for the lock while others go first
   * @throws {TicketlockError} `QUEUE_FULL`; `LOCK_UNSUPPORTED` if no helper can be started.
   */
  wait(
    timeoutMs: number,
    signal: AbortSignal | undefined,
    holdsBack: boolean = false,
  ): Promise<SyncGuard> {
    if (this.#pending.size >= MAX_PENDING) throw full();
    if (this.#pending.size === 0) {
      this.#nextIsFirst();
      if (holdsBack) this.#holdBack();
      else this.#begin();
    }
    const pending = new PendingAcquire<SyncGuard>(timeoutMs, signal, (self, reason) =>
      this.#refuse(self, reason),
    );
    this.#pending.add(pending);
    this.#mutex.countWaiting(1);
    return pending.promise;
  }

  /** Tries once somebody else has come, or has not come in time; waits if it fails. */
  #holdBack(): void {
    this.#timer = setTimeout(() => {
      if (this.#mutex.precedence.isGivingWay()) return this.#holdBack();
      const [first] = this.#pending;
      try {
        // Usually those who went first have been, and no helper is needed.
        if (this.#mutex.word.tryTake()) {
          this.#forget(first!);
          first!.grant(this.#mutex.guard());
        }
        if (this.#pending.size > 0) this.#begin();
      } catch (error) {
        this.#refuseAll(() => error);
      }
    });
  }

  #nextIsFirst(): void {
    this.#firstSinceMs = performance.now();
    this.#firstSinceToken = this.#mutex.lastToken();
  }

  #begin(): void {
    const { file, at } = this.#mutex;
    if (this.#watch === undefined) {
      this.#watch = watch(file, at, {
        told: () => this.#try(),
        forgotten: () => (this.#watch = undefined),
        failed: (error) => this.#refuseAll(() => error),
      });
    } else this.#watch.want();
    this.#lookLater();
  }

  #lookLater(): void {
    const delayMs = this.#watch?.isReady ? looks.sliceMs : looks.impatientMs;
    this.#timer = setTimeout(() => this.#look(), delayMs);
  }

  /** The backstop: the helper should have told. */
  #look(): void {
    const watching = this.#watch;
    this.#lookLater();
    const { file, word } = this.#mutex;
    if (file.isReplaced()) return this.#refuseAll(() => replaced(file.path));
    const untold = watching !== undefined && watching.isReady && watching.slot.load() !== TOLD;
    // Where others have held the lock since the last look, these waiters were only overtaken.
    const token = this.#mutex.lastToken();
    const quiet = untold && token === this.#tokenAtLook;
    this.#tokenAtLook = token;
    if (!word.tryTakeWhenTold()) return this.#failed();
    if (quiet) this.#mutex.countRescue();
    this.#grant();
  }

  /** The helper says that the lock is free. */
  #try(): void {
    if (this.#pending.size === 0) return this.#leave(false);
    if (this.#mutex.word.tryTakeWhenTold()) return this.#grant();
    this.#failed();
    this.#watch?.want();
  }

  /** This thread has the lock: it is the first one's. */
  #grant(): void {
    const first = this.#pending.values().next().value!;
    this.#forget(first);
    this.#mutex.precedence.done();
    this.#nextIsFirst();
    if (this.#pending.size === 0) this.#leave(true);
    else this.#watch?.want();
    first.grant(this.#mutex.guard());
  }

  #failed(): void {
    this.#mutex.precedence.failed(this.#firstSinceMs, this.#firstSinceToken);
  }

  #refuse(pending: PendingAcquire<SyncGuard>, reason: unknown): void {
    if (!this.#pending.has(pending)) return;
    this.#forget(pending);
    if (this.#pending.size === 0) {
      this.#leave(false);
      this.#mutex.precedence.done();
    }
    pending.refuse(reason);
  }

  #forget(pending: PendingAcquire<SyncGuard>): void {
    this.#pending.delete(pending);
    this.#mutex.countWaiting(-1);
  }

  #leave(taken: boolean): void {
    clearTimeout(this.#timer);
    this.#watch?.leave(this.#mutex.word, taken);
  }

  #refuseAll(reason: () => unknown): void {
    for (const pending of [...this.#pending]) this.#refuse(pending, reason());
  }

  /** Refuses all who wait. */
  close(reason: () => unknown): void {
    this.#refuseAll(reason);
    this.#watch?.hurry();
  }
}
