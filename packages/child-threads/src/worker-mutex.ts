import type { Worker } from "node:worker_threads";
import type { BlockingLock, LockState } from "@ticketlock/core";

/** A mutex between threads of node:worker_threads, of either kind. */
export interface WorkerMutex extends BlockingLock {
  /**
   * Frees the mutex at once if the thread of `worker` ends while it holds it. A session's contenders
   * are watched by their launcher; on Linux a waiter finds out by itself within milliseconds, elsewhere
   * only this tells it of the death of a worker that you have started.
   * @throws {TypeError} if it is no running Worker of node:worker_threads.
   */
  watch(worker: Worker): void;
  /** Deaths that a waiter had to find out by looking, because nobody told. */
  readonly rescues: number;
  query(): LockState;
  close(): void;
}
