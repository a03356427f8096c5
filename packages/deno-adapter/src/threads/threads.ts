import {
  type AcquireOptions,
  type BlockingLock,
  type Handle,
  type LockGuarantees,
  type LockProvider,
  type LockState,
  type MaybePromise,
  parseHandle,
  type ResettableLock,
  type StoreGuarantees,
  type StoreOptions,
  type StoreProvider,
  type SyncGuard,
  TicketlockError,
} from "@ticketlock/core";
import {
  Barrier,
  type BarrierOptions,
  createQueue as createQueueMemory,
  FifoMutex,
  type FifoOptions,
  fifoGuarantees,
  FutexMutex,
  futexGuarantees,
  guaranteesOn,
  type QueueOptions,
  QueueReceiver,
  QueueSender,
  SharedTicketStore,
  sharedStoreGuarantees,
  track,
} from "@ticketlock/shared-memory";
import { MODULE, DenoPlatform } from "./deno-platform.ts";

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
export type MutexKind = "futex" | "fifo";

export interface MutexOptions extends FifoOptions {
  /** `futex` (default): fastest, barging. `fifo`: strictly in order of arrival. */
  readonly kind?: MutexKind;
}

/**
 * Makes a mutex for the threads of this process. Pass its `handle` to a worker by
 * postMessage, and open it there with openMutex.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` for an unknown kind. {RangeError} for impossible numbers.
 */
export function createMutex(options: MutexOptions = {}): ThreadMutex {
  const { kind = "futex" } = options;
  return openMutex(createMemory(kind, options));
}

function createMemory(kind: string, options?: FifoOptions): Handle {
  if (kind === "futex") return FutexMutex.create(MODULE, options, true);
  if (kind === "fifo") return FifoMutex.create(MODULE, options);
  throw new TicketlockError(
    "LOCK_UNSUPPORTED",
    `Cannot make a mutex of kind ${String(kind)}: Deno's workers have futex and fifo.`,
  );
}

/**
 * Opens in this thread a mutex that another thread made.
 * @throws {TicketlockError} `HANDLE_INVALID`; `QUEUE_FULL` if it has no room for another contender.
 */
export function openMutex(handle: Handle): ThreadMutex {
  const { kind } = parseHandle(handle);
  return track(
    kind === "fifo" ? new FifoMutex(handle, platform) : new FutexMutex(handle, platform),
  );
}

export const threadLocks: LockProvider = {
  module: MODULE,
  kinds: new Map<string, LockGuarantees>([
    ["futex", guaranteesOn(platform, futexGuarantees)],
    ["fifo", guaranteesOn(platform, fifoGuarantees)],
  ]),
  create: createMemory,
  open: openMutex,
};

/** Makes a ticket store for the threads of this process. @throws {RangeError} for an impossible capacity or maxSales. */
export function createTicketStore(options: StoreOptions): SharedTicketStore {
  return openTicketStore(SharedTicketStore.create(MODULE, options));
}

/** Opens in this thread a store that another thread made. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
export function openTicketStore(handle: Handle): SharedTicketStore {
  return track(new SharedTicketStore(handle, platform));
}

export const threadStores: StoreProvider = {
  module: MODULE,
  kinds: new Map<string, StoreGuarantees>([["shared", sharedStoreGuarantees]]),
  create: (_kind, options) => SharedTicketStore.create(MODULE, options),
  open: openTicketStore,
};

/** Makes a barrier for threads of this process. @throws {RangeError} for an impossible number of parties. */
export function createBarrier(options: BarrierOptions): Barrier {
  return openBarrier(Barrier.create(MODULE, options));
}

/** Opens in this thread a barrier that another thread made. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
export function openBarrier(handle: Handle): Barrier {
  return track(new Barrier(handle, platform));
}

/** Makes the memory of a bounded queue; threads open its ends. @throws {RangeError} for impossible sizes. */
export function createQueue(options?: QueueOptions): Handle {
  return createQueueMemory(MODULE, options);
}

/** Opens the sending end of a queue in this thread. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
export function openQueueSender(handle: Handle): QueueSender {
  return track(new QueueSender(handle, platform));
}

/** Opens the receiving end of a queue in this thread. @throws {TicketlockError} `QUEUE_TAKEN`, `HANDLE_INVALID`, `QUEUE_FULL`. */
export function openQueueReceiver(handle: Handle): QueueReceiver {
  return track(new QueueReceiver(handle, platform));
}
