import { type Lock, type LockOptions, type SyncGuard, TicketlockError } from "@ticketlock/core";
import { mappedLocks, mappedSupport, openMappedMutex } from "@ticketlock/mapped-memory";
import { findName, type NamedLock } from "@ticketlock/mapped-memory/state";
import { MAX_WAITERS } from "./broker-limits.ts";
import { IPC_KIND } from "./ipc-kind.ts";
import { ipcLocks, openIpc } from "./ipc-locks.ts";
import { openNamedSqlite, SQLITE_KIND, sqliteLocks } from "./sqlite/sqlite-locks.ts";
import { sqliteSupport } from "./sqlite/node-sqlite.ts";

/** A mutex of any kind: all of their guards are released in one step. */
export type Mutex = Lock<SyncGuard>;

/** What a name stands for: the name, and the path with which the names of its files begin. */
export type Named = Pick<NamedLock, "name" | "path">;

/** How a mutex of one kind is had by users. */
export interface LockKind {
  /** For messages: where it serves. */
  readonly serves: string;
  /** Why it is not to be had in this process, or in this state directory; `undefined` if it is, as far as can be told without trying. Asked before a name is recorded. */
  support(directory?: string): TicketlockError | undefined;
  /** Whoever opens the lock records its name, unless somebody else does. */
  readonly recordsName: boolean;
  /** The most that `maxContenders` may be. */
  readonly maxRoom: number;
  openNamed(named: Named, directory: string, options: LockOptions): Promise<Mutex>;
  create(options: LockOptions & { readonly stateDirectory?: string }): Promise<Mutex>;
}

/** What a mutex is where nobody says otherwise. Never another in its place: processes that differ in what they support would have two locks of one name. */
export const DEFAULT_KIND = "mapped";

/**
 * The most openings that a mapped lock can have room for. A name has it unless told otherwise: who opens
 * it may be any process, the first fixes it for good, and it costs 16 KB.
 */
const MAPPED_ROOM = 1_022;

export const lockKinds: ReadonlyMap<string, LockKind> = new Map<string, LockKind>([
  [
    DEFAULT_KIND,
    {
      serves: "all processes, on Linux with FFI",
      support: mappedSupport,
      recordsName: true,
      maxRoom: MAPPED_ROOM,
      openNamed: async ({ path }, _, options) =>
        openMappedMutex(`${path}.mapped`, { maxContenders: MAPPED_ROOM, ...options }),
      create: async (options) => mappedLocks.open(mappedLocks.create(DEFAULT_KIND, options)),
    },
  ],
  [
    IPC_KIND,
    {
      serves: "the processes of one cluster",
      support: () => undefined,
      // The broker does, which alone knows that it is there and keeps the name.
      recordsName: false,
      maxRoom: MAX_WAITERS,
      openNamed: ({ name }, directory, options) => openIpc(name, directory, options),
      create: async (options) => ipcLocks.open(await ipcLocks.create(IPC_KIND, options)),
    },
  ],
  [
    SQLITE_KIND,
    {
      serves: "all processes, from Node 22.13",
      support: sqliteSupport,
      recordsName: true,
      maxRoom: MAX_WAITERS,
      openNamed: ({ path }, _, options) => openNamedSqlite(`${path}.sqlite`, options),
      create: async (options) => sqliteLocks.open(sqliteLocks.create(SQLITE_KIND, options)),
    },
  ],
]);

/**
 * @param recordedName - the name that is recorded as of this kind already, if it is
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` if there is no such kind, or not in this process.
 */
export function requireKind(kind: string, directory?: string, recordedName?: string): LockKind {
  const found = lockKinds.get(kind);
  if (found === undefined) {
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      `Cannot make a mutex of kind ${kind}: there is none. Use ${listKinds(kind)}.`,
    );
  }
  const refusal = found.support(directory);
  if (refusal === undefined) return found;
  if (recordedName === undefined) throw refusal;
  throw new TicketlockError(
    "LOCK_UNSUPPORTED",
    `Cannot open the lock ${recordedName} here: on this host it is of kind ${kind}, as its first opener chose, and ${reasonOf(refusal)} Or use another name, with ${listKinds(kind)} in every process.`,
    { cause: refusal },
  );
}

/**
 * The kind of a mutex for which none was asked.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` naming the alternatives.
 */
export function requireDefaultKind(): string {
  const refusal = lockKinds.get(DEFAULT_KIND)?.support();
  if (refusal === undefined) return DEFAULT_KIND;
  throw new TicketlockError(
    "LOCK_UNSUPPORTED",
    `Cannot make a mutex of the default kind, ${DEFAULT_KIND}: ${reasonOf(refusal)} Say which kind to use, the same in every process: ${listKinds(DEFAULT_KIND)}.`,
    { cause: refusal },
  );
}

/** The kind that the name has on this host; `undefined` if nobody has opened it yet. */
export function recordedKind(directory: string, name: string): string | undefined {
  return findName(directory, name)?.kind;
}

function listKinds(except: string): string {
  return [...lockKinds]
    .filter(([kind]) => kind !== except)
    .map(([kind, { serves }]) => `{ kind: "${kind}" } (${serves})`)
    .join(" or ");
}

/** What follows "Cannot ...: " in an error's message. */
function reasonOf({ message }: TicketlockError): string {
  return message.slice(message.indexOf(": ") + 2);
}
