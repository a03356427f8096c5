import type { Handle, LockProvider, StoreProvider } from "@ticketlock/core";
import { WorkerPlatform, type WorkerMutex } from "@ticketlock/child-threads";
import { type MutexOptions, type ThreadMemory, threadMemory } from "@ticketlock/shared-memory";

/** A mutex of this package, of either kind. */
export type ThreadMutex = WorkerMutex;
export type { MutexKind, MutexOptions } from "@ticketlock/shared-memory";

const platform = new WorkerPlatform("@ticketlock/worker-threads");
const memory: ThreadMemory<ThreadMutex> = threadMemory(platform, "worker threads");

export const threadLocks: LockProvider = memory.locks;
export const threadStores: StoreProvider = memory.stores;
type Memory = ThreadMemory<ThreadMutex>;

/**
 * Makes a mutex for the threads of this process. Pass its `handle` to a worker through workerData or
 * postMessage, and open it there with openMutex.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` for an unknown kind. {RangeError} for impossible numbers.
 */
export function createMutex(options: MutexOptions = {}): ThreadMutex {
  return memory.createMutex(options);
}

/**
 * Opens in this thread a mutex that another thread made.
 * @throws {TicketlockError} `HANDLE_INVALID`; `QUEUE_FULL` if it has no room for another contender.
 */
export function openMutex(handle: Handle): ThreadMutex {
  return memory.openMutex(handle);
}

/** Makes a ticket store for the threads of this process. @throws {RangeError} for an impossible capacity or maxSales. */
export const createTicketStore: Memory["createTicketStore"] = memory.createTicketStore;
/** Opens in this thread a store that another thread made. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
export const openTicketStore: Memory["openTicketStore"] = memory.openTicketStore;

/** Makes a barrier for threads of this process. @throws {RangeError} for an impossible number of parties. */
export const createBarrier: Memory["createBarrier"] = memory.createBarrier;
/** Opens in this thread a barrier that another thread made. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
export const openBarrier: Memory["openBarrier"] = memory.openBarrier;

/** Makes the memory of a bounded queue; threads open its ends. @throws {RangeError} for impossible sizes. */
export const createQueue: Memory["createQueue"] = memory.createQueue;
/** Opens the sending end of a queue in this thread. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
export const openQueueSender: Memory["openQueueSender"] = memory.openQueueSender;
/** Opens the receiving end of a queue in this thread. @throws {TicketlockError} `QUEUE_TAKEN`, `HANDLE_INVALID`, `QUEUE_FULL`. */
export const openQueueReceiver: Memory["openQueueReceiver"] = memory.openQueueReceiver;
