import type { Handle } from "@ticketlock/core";
import type { MappedMutex } from "@ticketlock/mapped-memory";
import { HostMutexes, type HostMutexOptions, type Mutex } from "@ticketlock/mapped-memory/host";
import type { IpcMutex } from "./ipc-mutex.ts";
import { lockKinds } from "./lock-kinds.ts";
import type { SqliteMutex } from "./sqlite/sqlite-mutex.ts";

const mutexes = new HostMutexes({ place: "Node", kinds: lockKinds });

export interface MutexOptions extends HostMutexOptions {
  /** `mapped` (the default), `ipc` or `sqlite`. */
  readonly kind?: string;
  /**
   * Room for this many: for `mapped` openings at a time, at most 1 022, which is the default of a
   * name; for `ipc` and `sqlite` waiting acquisitions, at most 65 536. Whoever makes the lock
   * fixes it; of a `sqlite` name each opening keeps to its own.
   */
  readonly maxContenders?: number;
}

/** The class that a kind's mutexes are of. */
export type MutexOfKind<K> = K extends "mapped"
  ? MappedMutex
  : K extends "ipc"
    ? IpcMutex
    : K extends "sqlite"
      ? SqliteMutex
      : Mutex;

/**
 * Makes a mutex that only its handle leads to: send `mutex.handle` to whoever is to share it. It
 * lives until nobody has it open any more.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` if the kind is not to be had here, naming the others.
 */
export async function createMutex<const O extends MutexOptions>(
  options?: O,
): Promise<MutexOfKind<O["kind"]>> {
  return (await mutexes.create(options)) as MutexOfKind<O["kind"]>;
}

/**
 * Opens the mutex of this name, or the one that a handle leads to. Same name, same mutex, in every
 * process of this user on this host, whoever started it; no process need be there first.
 *
 * The first opener fixes the kind, which is recorded with the name. Without the option `kind` a
 * later one takes the kind that is recorded; a name that nobody has opened yet is `mapped`. Where
 * that kind is not to be had this throws: a lock of another kind would be a second lock.
 *
 * A name has 1 to 128 letters, digits, dots, underscores and hyphens, and starts with a letter or digit.
 *
 * @example
 * const mutex = await openMutex("orders");
 * await mutex.runExclusive(async (guard) => sell(guard.token));
 * @example
 * // Guards a store that outlives the state directory.
 * const mutex = await openMutex("orders", { tokensAbove: await store.fence() });
 * @throws {TicketlockError} `NAME_INVALID`; `LOCK_UNSUPPORTED` if the name has another kind than asked, or its
 * kind is not to be had here; `STATE_DIRECTORY_INVALID`, `LOCK_CORRUPT`, `LOCK_UNAVAILABLE`; of a handle:
 * `HANDLE_INVALID`, `LOCK_LOST` if its lock is gone; {RangeError}, {TypeError} for wrong options.
 */
export async function openMutex<const O extends MutexOptions>(
  nameOrHandle: string | Handle,
  options?: O,
): Promise<MutexOfKind<O["kind"]>> {
  return (await mutexes.open(nameOrHandle, options)) as MutexOfKind<O["kind"]>;
}
