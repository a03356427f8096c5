import { type MappedMutex } from "@ticketlock/mapped-memory";
import {
  HostMutexes,
  mappedKind,
  type MutexFunctions,
  mutexFunctions,
} from "@ticketlock/mapped-memory/host";
import { type ThreadMutex, threads } from "./threads/threads.ts";

/** The kinds between processes, and the class of each. */
export interface ProcessMutexes {
  readonly mapped: MappedMutex;
}

const host = new HostMutexes({ place: "Bun", kinds: new Map([["mapped", mappedKind]]) });
const functions: MutexFunctions<ThreadMutex, ProcessMutexes> = mutexFunctions(threads, host);

/**
 * Makes a mutex that only its handle leads to. Of kind `futex` (the default) or `fifo` it is for the
 * threads of this process, and had at once: pass its `handle` to a worker through workerData or
 * postMessage, and open it there. Of kind `mapped` it is for processes, and promised; it lives until
 * nobody has it open any more.
 *
 * @example
 * const mutex = createMutex({ kind: "fifo" });
 * @example
 * const mutex = await createMutex({ kind: "mapped" });
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` if the kind is not to be had here. {RangeError} for impossible numbers.
 */
export const createMutex: (typeof functions)["createMutex"] = functions.createMutex;

/**
 * Opens the mutex of a name: the same one in every process of this user on this host, of Bun, Node or
 * Deno. Or the one that a handle leads to: between threads at once, between processes with its kind.
 *
 * The first opener of a name fixes the kind, which is recorded with it; it is `mapped` here. A name of
 * another kind, which Node or Deno has made, is refused: a lock of kind `mapped` would be a second lock.
 *
 * @example
 * const mutex = await openMutex("orders");
 * await mutex.runExclusive(async (guard) => sell(guard.token));
 * @example
 * const mutex = openMutex(workerData.mutex); // in a worker
 * @throws {TicketlockError} `NAME_INVALID`; `LOCK_UNSUPPORTED` if the name has another kind, or its kind
 * is not to be had here; `STATE_DIRECTORY_INVALID`, `LOCK_CORRUPT`, `LOCK_UNAVAILABLE`; of a handle:
 * `HANDLE_INVALID`, `QUEUE_FULL`, `LOCK_LOST` if its lock is gone; {RangeError}, {TypeError} for wrong options.
 */
export const openMutex: (typeof functions)["openMutex"] = functions.openMutex;
