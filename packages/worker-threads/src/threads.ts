import { type Handle, type LockGuarantees, type LockProvider, parseHandle, TicketlockError } from "@ticketlock/core";
import { FifoMutex, type FifoOptions, fifoGuarantees, FutexMutex, futexGuarantees } from "@ticketlock/shared-memory";
import { NodePlatform } from "./node-platform.ts";
import { track } from "./recovery.ts";

export const MODULE = "@ticketlock/worker-threads";
export const platform: NodePlatform = new NodePlatform();

/** A mutex of this package: either kind. */
export type ThreadMutex = FutexMutex | FifoMutex;
export type MutexKind = "futex" | "fifo";

export interface MutexOptions extends FifoOptions {
  /** `futex` (default): fastest, barging. `fifo`: strictly in order of arrival. */
  readonly kind?: MutexKind;
}

/**
 * Makes a mutex for the threads of this process. Pass its `handle` to a worker through workerData or
 * postMessage, and open it there with openMutex.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` for an unknown kind. {RangeError} for impossible numbers.
 */
export function createMutex(options: MutexOptions = {}): ThreadMutex {
  const { kind = "futex" } = options;
  if (kind === "futex") return openMutex(FutexMutex.create(MODULE, options));
  if (kind === "fifo") return openMutex(FifoMutex.create(MODULE, options));
  throw new TicketlockError("LOCK_UNSUPPORTED", `Cannot make a mutex of kind ${String(kind)}: worker threads have futex and fifo.`);
}

/**
 * Opens in this thread a mutex that another thread made.
 * @throws {TicketlockError} `HANDLE_INVALID`; `QUEUE_FULL` if it has no room for another contender.
 */
export function openMutex(handle: Handle): ThreadMutex {
  const { kind } = parseHandle(handle);
  return track(kind === "fifo" ? new FifoMutex(handle, platform) : new FutexMutex(handle, platform));
}

export const threadLocks: LockProvider = {
  module: MODULE,
  kinds: new Map<string, LockGuarantees>([
    ["futex", futexGuarantees],
    ["fifo", fifoGuarantees],
  ]),
  create: (kind, options) => (kind === "fifo" ? FifoMutex.create(MODULE, options) : FutexMutex.create(MODULE, options)),
  open: openMutex,
};
