import type {
  AcquireOptions,
  BlockingLock,
  LockProvider,
  LockState,
  MaybePromise,
  ResettableLock,
  StoreProvider,
  SyncGuard,
} from "@ticketlock/core";
import { type ThreadMemory, threadMemory } from "@ticketlock/shared-memory";
import { DenoPlatform } from "./deno-platform.ts";

export type { MutexKind, MutexOptions } from "@ticketlock/shared-memory";

export const platform: DenoPlatform = new DenoPlatform();

/** The number by which the locks of this package know this thread: what `recover` takes. */
export const threadNumber: number = platform.threadId;

/** A mutex of this package, of either kind. */
export interface ThreadMutex extends BlockingLock, ResettableLock {
  /**
   * Tells that the thread of this number was ended: what it holds is lost, until `reset()`. A session's
   * contenders are told of by their launcher; of a worker that you have started and ended yourself,
   * only you know. It has its number from `threadNumber` and can post it.
   */
  recover(threadNumber: number): void;
  /** Ends of threads that a waiter had to find out by looking, because nobody told. */
  readonly rescues: number;
  acquire(options?: AcquireOptions): Promise<SyncGuard>;
  tryAcquire(): SyncGuard | undefined;
  runExclusive<T>(
    section: (guard: SyncGuard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T>;
  query(): LockState;
  reset(): void;
  close(): void;
}

type Memory = ThreadMemory<ThreadMutex>;
export const threads: Memory = threadMemory(platform, "Deno's workers");

export const threadLocks: LockProvider = threads.locks;
export const threadStores: StoreProvider = threads.stores;

/** Makes a ticket store for the threads of this process. @throws {RangeError} for an impossible capacity or maxSales. */
export const createTicketStore: Memory["createTicketStore"] = threads.createTicketStore;
/** Opens in this thread a store that another thread made. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
export const openTicketStore: Memory["openTicketStore"] = threads.openTicketStore;

/** Makes a barrier for threads of this process. @throws {RangeError} for an impossible number of parties. */
export const createBarrier: Memory["createBarrier"] = threads.createBarrier;
/** Opens in this thread a barrier that another thread made. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
export const openBarrier: Memory["openBarrier"] = threads.openBarrier;

/** Makes the memory of a bounded queue; threads open its ends. @throws {RangeError} for impossible sizes. */
export const createQueue: Memory["createQueue"] = threads.createQueue;
/** Opens the sending end of a queue in this thread. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
export const openQueueSender: Memory["openQueueSender"] = threads.openQueueSender;
/** Opens the receiving end of a queue in this thread. @throws {TicketlockError} `QUEUE_TAKEN`, `HANDLE_INVALID`, `QUEUE_FULL`. */
export const openQueueReceiver: Memory["openQueueReceiver"] = threads.openQueueReceiver;
