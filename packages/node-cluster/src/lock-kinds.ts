import { type LockKind, mappedKind } from "@ticketlock/mapped-memory/host";
import { MAX_WAITERS } from "./broker-limits.ts";
import { IPC_KIND } from "./ipc-kind.ts";
import { ipcLocks, openIpc } from "./ipc-locks.ts";
import { openNamedSqlite, SQLITE_KIND, sqliteLocks } from "./sqlite/sqlite-locks.ts";
import { sqliteSupport } from "./sqlite/node-sqlite.ts";

/** The kinds that a mutex of this package may have. */
export const lockKinds: ReadonlyMap<string, LockKind> = new Map<string, LockKind>([
  ["mapped", mappedKind],
  [
    IPC_KIND,
    {
      serves: "the processes of one cluster",
      support: () => undefined,
      // The broker does, which alone knows that it is there and keeps the name.
      recordsName: false,
      maxRoom: MAX_WAITERS,
      openNamed: ({ name }, directory, options) => openIpc(name, directory, options),
      provider: ipcLocks,
    },
  ],
  [
    SQLITE_KIND,
    {
      serves: "all processes of Node, from 22.13",
      support: sqliteSupport,
      recordsName: true,
      maxRoom: MAX_WAITERS,
      openNamed: ({ path }, _, options) => openNamedSqlite(`${path}.sqlite`, options),
      provider: sqliteLocks,
    },
  ],
]);
