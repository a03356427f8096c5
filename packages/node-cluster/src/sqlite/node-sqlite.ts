import type * as sqliteModule from "node:sqlite";
import { TicketlockError } from "@ticketlock/core";

type SqliteModule = typeof sqliteModule;

/** SQLite's primary result codes: the low byte of what an error carries. */
const BUSY = 5;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;
const FULL = 13;

/** Why locks of kind `sqlite` are not to be had in this process; `undefined` if they are. */
export function sqliteSupport(): TicketlockError | undefined {
  return findModule() === undefined ? unsupported() : undefined;
}

/**
 * Opens a database file, whose statements fail at once where another connection is in the way, or
 * after `busyMs`.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` where Node has no SQLite; `LOCK_CORRUPT`, `LOCK_UNAVAILABLE`.
 */
export function openDatabase(path: string, busyMs = 0): sqliteModule.DatabaseSync {
  const sqlite = findModule();
  if (sqlite === undefined) throw unsupported();
  try {
    const database = new sqlite.DatabaseSync(path);
    database.exec(`PRAGMA busy_timeout = ${busyMs}`);
    return database;
  } catch (error) {
    throw databaseError("open", path, error);
  }
}

/** True if another connection was in the way; the same may succeed later. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === BUSY;
}

/** What a statement's failure means for the lock whose file this is. */
export function databaseError(doing: string, path: string, error: unknown): TicketlockError {
  if (error instanceof TicketlockError) return error;
  const code = resultCode(error);
  const why = error instanceof Error ? error.message : String(error);
  if (code === CORRUPT || code === NOT_A_DATABASE) {
    return new TicketlockError(
      "LOCK_CORRUPT",
      `Cannot ${doing} ${path}: ${why}. It was left as it is; use another name or state directory.`,
      { cause: error },
    );
  }
  const help = code === FULL ? "Free some space" : "Use another name or state directory";
  return new TicketlockError("LOCK_UNAVAILABLE", `Cannot ${doing} ${path}: ${why}. ${help}.`, {
    cause: error,
  });
}

/** Asked for when it is needed: Node 22 before 22.13 does not have it, and would not load this module. */
function findModule(): SqliteModule | undefined {
  return process.getBuiltinModule?.("node:sqlite") as SqliteModule | undefined;
}

function resultCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

function unsupported(): TicketlockError {
  return new TicketlockError(
    "LOCK_UNSUPPORTED",
    `Cannot use a lock of kind sqlite: Node ${process.versions.node} has no node:sqlite, which comes with 22.13. Use a newer Node, or kind ipc between the processes of a cluster.`,
  );
}
