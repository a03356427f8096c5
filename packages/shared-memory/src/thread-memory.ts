import {
  type Handle,
  type LockGuarantees,
  type LockProvider,
  parseHandle,
  type StoreGuarantees,
  type StoreOptions,
  type StoreProvider,
  TicketlockError,
} from "@ticketlock/core";
import { Barrier, type BarrierOptions } from "./barrier.ts";
import { FifoMutex, type FifoOptions, fifoGuarantees } from "./fifo-mutex.ts";
import { FutexMutex, futexGuarantees } from "./futex-mutex.ts";
import type { MemoryLock } from "./memory-lock.ts";
import { track } from "./recovery.ts";
import { createQueue, type QueueOptions, QueueReceiver, QueueSender } from "./shared-queue.ts";
import { SharedTicketStore, sharedStoreGuarantees } from "./shared-ticket-store.ts";
import { guaranteesOn } from "./thread-endings.ts";
import type { ThreadPlatform } from "./thread-platform.ts";

export type MutexKind = "futex" | "fifo";

export interface MutexOptions extends FifoOptions {
  /** `futex` (default): fastest, barging. `fifo`: strictly in order of arrival. */
  readonly kind?: MutexKind;
}

/** What an adapter offers to the threads of a process, each part made in one thread and opened by its handle in others. */
export interface ThreadMemory<Mutex = MemoryLock> {
  readonly locks: LockProvider;
  readonly stores: StoreProvider;
  /** @throws {TicketlockError} `LOCK_UNSUPPORTED` for an unknown kind. {RangeError} for impossible numbers. */
  createMutex(options?: MutexOptions): Mutex;
  /** @throws {TicketlockError} `HANDLE_INVALID`; `QUEUE_FULL` if it has no room for another contender. */
  openMutex(handle: Handle): Mutex;
  /** @throws {RangeError} for an impossible capacity or maxSales. */
  createTicketStore(options: StoreOptions): SharedTicketStore;
  /** @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
  openTicketStore(handle: Handle): SharedTicketStore;
  /** @throws {RangeError} for an impossible number of parties. */
  createBarrier(options: BarrierOptions): Barrier;
  /** @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
  openBarrier(handle: Handle): Barrier;
  /** Makes the memory of a queue, whose ends are opened apart. @throws {RangeError} for impossible sizes. */
  createQueue(options?: QueueOptions): Handle;
  /** @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
  openQueueSender(handle: Handle): QueueSender;
  /** @throws {TicketlockError} `QUEUE_TAKEN`, `HANDLE_INVALID`, `QUEUE_FULL`. */
  openQueueReceiver(handle: Handle): QueueReceiver;
}

/**
 * Locks, stores, barriers and queues for the threads of a platform. What is opened is told of ended
 * threads by `recoverAll`.
 *
 * @param threads - for messages: what the platform's threads are called
 * @param compilesAtomics - true where the engine makes one instruction of a compare-and-set on a
 * SharedArrayBuffer, as JavaScriptCore does: then a futex lies in one, and not in WebAssembly's memory
 */
export function threadMemory(
  platform: ThreadPlatform,
  threads: string,
  compilesAtomics: boolean = false,
): ThreadMemory {
  const { module } = platform;
  const createLock = (kind: string, options?: FifoOptions): Handle => {
    if (kind === "futex") return FutexMutex.create(module, options, !compilesAtomics);
    if (kind === "fifo") return FifoMutex.create(module, options);
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      `Cannot make a mutex of kind ${String(kind)}: ${threads} have futex and fifo.`,
    );
  };
  const openMutex = (handle: Handle): MemoryLock => {
    const { kind } = parseHandle(handle);
    return track(
      kind === "fifo" ? new FifoMutex(handle, platform) : new FutexMutex(handle, platform),
    );
  };
  const openTicketStore = (handle: Handle): SharedTicketStore =>
    track(new SharedTicketStore(handle, platform));
  const openBarrier = (handle: Handle): Barrier => track(new Barrier(handle, platform));
  return {
    locks: {
      module,
      kinds: new Map<string, LockGuarantees>([
        ["futex", guaranteesOn(platform, futexGuarantees)],
        ["fifo", guaranteesOn(platform, fifoGuarantees)],
      ]),
      create: createLock,
      open: openMutex,
    },
    stores: {
      module,
      kinds: new Map<string, StoreGuarantees>([["shared", sharedStoreGuarantees]]),
      create: (_kind, options) => SharedTicketStore.create(module, options),
      open: openTicketStore,
    },
    createMutex: ({ kind = "futex", ...options } = {}) => openMutex(createLock(kind, options)),
    openMutex,
    createTicketStore: (options) => openTicketStore(SharedTicketStore.create(module, options)),
    openTicketStore,
    createBarrier: (options) => openBarrier(Barrier.create(module, options)),
    openBarrier,
    createQueue: (options) => createQueue(module, options),
    openQueueSender: (handle) => track(new QueueSender(handle, platform)),
    openQueueReceiver: (handle) => track(new QueueReceiver(handle, platform)),
  };
}
