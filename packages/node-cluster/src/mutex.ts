import type { Handle, LockOptions } from "@ticketlock/core";
import type { IpcMutex } from "./ipc-mutex.ts";
import { checkKind, IPC_KIND, ipcLocks, makeHandle } from "./ipc-locks.ts";
import { checkLockName } from "./lock-name.ts";

export interface MutexOptions {
  /** So far `ipc` alone, which is the default. */
  readonly kind?: string;
}

/**
 * Makes a mutex that only its handle leads to: send `mutex.handle` to whoever is to share it. It
 * lives until nobody has it open any more.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` naming the kinds that there are, or why there is none here.
 */
export async function createMutex(options: MutexOptions & LockOptions = {}): Promise<IpcMutex> {
  const { kind = IPC_KIND, ...lockOptions } = options;
  return ipcLocks.open(await ipcLocks.create(kind, lockOptions));
}

/**
 * Opens the mutex of this name, making it if nobody has it open, or the one that a handle leads to.
 * Same name, same mutex, in the primary of a cluster and all its workers. A process outside the
 * cluster does not share it.
 *
 * A name has 1 to 128 letters, digits, dots, underscores and hyphens, and starts with a letter or digit.
 *
 * @example
 * const mutex = await openMutex("orders");
 * await mutex.runExclusive(async (guard) => sell(guard.token));
 * @throws {TypeError | RangeError} for another name.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` naming the kinds that there are, or why there is none
 * here; `HANDLE_INVALID`, `LOCK_LOST` for a handle whose lock is gone.
 */
export async function openMutex(
  nameOrHandle: string | Handle,
  options: MutexOptions = {},
): Promise<IpcMutex> {
  checkKind(options.kind ?? IPC_KIND);
  if (typeof nameOrHandle === "object") return ipcLocks.open(nameOrHandle);
  const name = checkLockName(nameOrHandle);
  return ipcLocks.open(makeHandle(name));
}
