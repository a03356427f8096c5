import { type WorkerMutex, WorkerPlatform } from "@ticketlock/child-threads";
import type { LockProvider, StoreProvider } from "@ticketlock/core";
import { type ThreadMemory, threadMemory } from "@ticketlock/shared-memory";
import { MODULE } from "../module.ts";
import { checkVersion } from "./check-threads.ts";

/** A mutex between the threads of a process, of either kind. */
export type ThreadMutex = WorkerMutex;
export type { MutexKind, MutexOptions } from "@ticketlock/shared-memory";
type Memory = ThreadMemory<ThreadMutex>;

const memory: Memory = threadMemory(new WorkerPlatform(MODULE), "Bun's threads", true);

/** For users, who need not be told by a hang that their Bun is too old: all of these may sleep in `Atomics.wait`. */
export const threads: Memory = {
  locks: memory.locks,
  stores: memory.stores,
  createMutex: inFitBun(memory.createMutex),
  openMutex: inFitBun(memory.openMutex),
  createTicketStore: inFitBun(memory.createTicketStore),
  openTicketStore: inFitBun(memory.openTicketStore),
  createBarrier: inFitBun(memory.createBarrier),
  openBarrier: inFitBun(memory.openBarrier),
  createQueue: inFitBun(memory.createQueue),
  openQueueSender: inFitBun(memory.openQueueSender),
  openQueueReceiver: inFitBun(memory.openQueueReceiver),
};

function inFitBun<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    checkVersion();
    return call(...args);
  };
}

export const threadLocks: LockProvider = memory.locks;
export const threadStores: StoreProvider = memory.stores;

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
