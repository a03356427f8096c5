import { createRequire } from "node:module";
import type * as Sqlite from "node:sqlite";
import { TicketlockError } from "@ticketlock/core";
import { storeFileError } from "./store-file-error.ts";

/** Primary result codes of SQLite (sqlite3.h) that are told apart here. */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_PROTOCOL = 15;
const SQLITE_NOTADB = 26;

/**
 * Opens a database file that exists. It never waits for others by itself.
 * @throws {TicketlockError} `STORE_UNSUPPORTED` where the runtime has no node:sqlite.
 */
export function openDatabase(path: string): Sqlite.DatabaseSync {
  const { DatabaseSync } = sqlite();
  return new DatabaseSync(path, { timeout: 0, allowExtension: false });
}

/** Loaded on first use: the naive store works where there is no SQLite. */
function sqlite(): typeof Sqlite {
  try {
    return createRequire(import.meta.url)("node:sqlite") as typeof Sqlite;
  } catch (cause) {
    throw new TicketlockError(
      "STORE_UNSUPPORTED",
      "Cannot open a durable store: this runtime has no node:sqlite. Use Node 22.13 or newer, without --no-experimental-sqlite.",
      { cause },
    );
  }
}

/** True if others have locked the database: trying again may help. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_BUSY || code === SQLITE_LOCKED || code === SQLITE_PROTOCOL;
}

/** Turns what node:sqlite threw into `STORE_CORRUPT` or `STORE_UNAVAILABLE`; an error of ticketlock's own comes back unchanged. */
export function databaseError(
  doing: "open" | "read" | "write",
  path: string,
  error: unknown,
): TicketlockError {
  const code = resultCode(error);
  if (code === SQLITE_CORRUPT) return corruptDatabase(path, "it is damaged", error);
  if (code === SQLITE_NOTADB) return corruptDatabase(path, "it is no SQLite database", error);
  if (code === SQLITE_FULL)
    return storeFileError(doing, path, Object.assign(new Error("full"), { code: "ENOSPC" }));
  return storeFileError(doing, path, error);
}

/** The error of a database that is not a store's. It is left as it is. */
export function corruptDatabase(path: string, why: string, cause?: unknown): TicketlockError {
  return new TicketlockError(
    "STORE_CORRUPT",
    `Cannot use the store file ${path}: ${why}. It was left as it is. Put a backup in its place while nobody uses the store, or pass another path.`,
    { cause },
  );
}

/** SQLite's primary result code; the extended one has more in its upper bytes. */
function resultCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}
