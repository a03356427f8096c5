import {
  checkInteger,
  type Handle,
  type LockOptions,
  parseHandle,
  TicketlockError,
} from "@ticketlock/core";
import { mappedLocks, type MappedMutex } from "@ticketlock/mapped-memory";
import { checkLockName, claimName, openStateDirectory } from "@ticketlock/mapped-memory/state";
import { MAX_TOKENS_ABOVE } from "./broker-limits.ts";
import { ipcLocks } from "./ipc-locks.ts";
import type { IpcMutex } from "./ipc-mutex.ts";
import {
  type LockKind,
  lockKinds,
  type Mutex,
  type Named,
  recordedKind,
  requireDefaultKind,
  requireKind,
} from "./lock-kinds.ts";
import { sqliteLocks } from "./sqlite/sqlite-locks.ts";
import type { SqliteMutex } from "./sqlite/sqlite-mutex.ts";

export interface MutexOptions extends LockOptions {
  /** `mapped` (the default), `ipc` or `sqlite`. */
  readonly kind?: string;
  /**
   * Where the host's locks have their names: an absolute path, a directory of this user alone, the
   * same in every process. Default: `/dev/shm/ticketlock-<uid>` on Linux; elsewhere it must be said.
   */
  readonly stateDirectory?: string;
  /**
   * Every guard that comes of this opening has a greater token, also of a lock that is there already.
   * Tokens start at 1 again when the state directory has gone, which in `/dev/shm` it does at each
   * restart of the host. A store that fences and outlives it would refuse them: say its `fence()`
   * here, in every process. Default 0; at most 2^52.
   */
  readonly tokensAbove?: number;
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
  const { kind = requireDefaultKind(), ...rest }: MutexOptions = options ?? {};
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
  const mutex =
    typeof nameOrHandle === "object" && nameOrHandle !== null
      ? openHandle(nameOrHandle, options)
      : openName(nameOrHandle, options);
  return (await mutex) as MutexOfKind<O["kind"]>;
}

async function openName(
  given: string,
  { kind, stateDirectory, tokensAbove, maxContenders }: MutexOptions = {},
): Promise<Mutex> {
  const name = checkLockName(given);
  const directory = openStateDirectory(stateDirectory);
  const recorded = recordedKind(directory, name);
  const wanted = kind ?? recorded ?? requireDefaultKind();
  if (recorded !== undefined && wanted !== recorded) claimName(directory, name, wanted); // says what to do
  const floor = checkInteger("tokensAbove", tokensAbove ?? 0, 0, MAX_TOKENS_ABOVE);
  // Wrong options record nothing.
  const open = ({ openNamed, maxRoom }: LockKind): ((named: Named) => Promise<Mutex>) => {
    if (maxContenders === undefined) return (named) => openNamed(named, directory, { tokensAbove: floor }); // prettier-ignore
    const room = checkInteger("maxContenders", maxContenders, 1, maxRoom);
    return (named) => openNamed(named, directory, { tokensAbove: floor, maxContenders: room });
  };
  const found = requireKind(wanted, directory, recorded === undefined ? undefined : name);
  const openWanted = open(found);
  if (!found.recordsName) return openWanted({ name, path: "" });
  const named = claimName(directory, name, kind ?? (() => wanted));
  if (named.kind === wanted) return openWanted(named);
  // Somebody was quicker, with another kind, and this caller takes any.
  return open(requireKind(named.kind))(named);
}

async function openHandle(given: Handle, options: MutexOptions = {}): Promise<Mutex> {
  const { kind } = options;
  const handle = parseHandle(given);
  for (const option of ["tokensAbove", "maxContenders"] as const) {
    if (options[option] !== undefined) {
      throw new TypeError(
        `Cannot use ${option} with a handle: its lock has been made. Pass it where the lock is made, or opened by its name.`,
      );
    }
  }
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
