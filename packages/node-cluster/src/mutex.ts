import { type Handle, type LockOptions, parseHandle, TicketlockError } from "@ticketlock/core";
import { mappedLocks, type MappedMutex } from "@ticketlock/mapped-memory";
import { checkLockName, claimName, openStateDirectory } from "@ticketlock/mapped-memory/state";
import { ipcLocks } from "./ipc-locks.ts";
import type { IpcMutex } from "./ipc-mutex.ts";
import {
  lockKinds,
  type Mutex,
  recordedKind,
  requireDefaultKind,
  requireKind,
} from "./lock-kinds.ts";
import { sqliteLocks } from "./sqlite/sqlite-locks.ts";
import type { SqliteMutex } from "./sqlite/sqlite-mutex.ts";

export interface MutexOptions {
  /** `mapped` (the default), `ipc` or `sqlite`. */
  readonly kind?: string;
  /**
   * Where the host's locks have their names: an absolute path, a directory of this user alone, the
   * same in every process. Default: `/dev/shm/ticketlock-<uid>` on Linux; elsewhere it must be said.
   */
  readonly stateDirectory?: string;
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
export async function createMutex<const O extends MutexOptions & LockOptions>(
  options?: O,
): Promise<MutexOfKind<O["kind"]>> {
  const { kind = requireDefaultKind(), ...rest }: MutexOptions & LockOptions = options ?? {};
  return (await requireKind(kind).create(rest)) as MutexOfKind<O["kind"]>;
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
 * @throws {TicketlockError} `NAME_INVALID`; `LOCK_UNSUPPORTED` if the name has another kind than asked, or its
 * kind is not to be had here; `STATE_DIRECTORY_INVALID`, `LOCK_CORRUPT`, `LOCK_UNAVAILABLE`; of a handle:
 * `HANDLE_INVALID`, `LOCK_LOST` if its lock is gone.
 */
export async function openMutex<const O extends MutexOptions>(
  nameOrHandle: string | Handle,
  options?: O,
): Promise<MutexOfKind<O["kind"]>> {
  const mutex =
    typeof nameOrHandle === "object" && nameOrHandle !== null
      ? openHandle(nameOrHandle, options)
      : openName(nameOrHandle, options);
  return (await mutex) as MutexOfKind<O["kind"]>;
}

async function openName(
  given: string,
  { kind, stateDirectory }: MutexOptions = {},
): Promise<Mutex> {
  const name = checkLockName(given);
  const directory = openStateDirectory(stateDirectory);
  const recorded = recordedKind(directory, name);
  const wanted = kind ?? recorded ?? requireDefaultKind();
  if (recorded !== undefined && wanted !== recorded) claimName(directory, name, wanted); // says what to do
  const { recordsName, openNamed } = requireKind(wanted);
  if (!recordsName) return openNamed({ name, path: "" }, directory);
  const named = claimName(directory, name, kind ?? (() => wanted));
  if (named.kind === wanted) return openNamed(named, directory);
  // Somebody was quicker, with another kind, and this caller takes any.
  return requireKind(named.kind).openNamed(named, directory);
}

async function openHandle(given: Handle, { kind }: MutexOptions = {}): Promise<Mutex> {
  const handle = parseHandle(given);
  if (kind !== undefined && kind !== handle.kind) {
    requireKind(kind);
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      `Cannot open the handle as a mutex of kind ${kind}: it leads to one of kind ${handle.kind}. Leave the kind out.`,
    );
  }
  const provider = [mappedLocks, ipcLocks, sqliteLocks].find((one) => one.module === handle.module && one.kinds.has(handle.kind)); // prettier-ignore
  if (provider !== undefined) return (await provider.open(handle)) as Mutex;
  throw new TicketlockError(
    "HANDLE_INVALID",
    `Cannot open the handle: it is of ${handle.module}, kind ${handle.kind}, expected kind ${[...lockKinds.keys()].join(", ")}.`,
  );
}
