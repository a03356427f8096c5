import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import {
  checkCapacity,
  checkHandle,
  type Handle,
  type MaybePromise,
  type StoreGuarantees,
  type StoreOptions,
  type StoreProvider,
} from "@ticketlock/core";
import { BUSY, BUSY_LIMIT_MS, whenFree } from "./busy.ts";
import { createOwnFile, identifyOwnDatabase, somethingAt } from "./own-file.ts";
import { databaseError, isBusy, openDatabase } from "./sqlite-module.ts";
import { checkIntegrity, checkSchema, configure, fillDatabase } from "./sqlite-schema.ts";
import { SqliteJournal } from "./sqlite-journal.ts";
import { SQLITE_KIND, sqliteGuarantees, SqliteStore } from "./sqlite-store.ts";
import {
  checkKind,
  checkPath,
  MODULE,
  otherCapacity,
  parseStorePath,
  type StorePath,
} from "./store-path.ts";
import { claimTemporaryDirectory, makeTemporaryDirectory } from "./temporary-directories.ts";

const VERSION = 1;
const kinds: ReadonlyMap<string, StoreGuarantees> = new Map([[SQLITE_KIND, sqliteGuarantees]]);

/** A provider of SQLite stores. Its promises are pending only while another process opens or recovers the database. */
export interface SqliteStores extends StoreProvider {
  open(handle: Handle): MaybePromise<SqliteStore>;
}

/**
 * Makes and opens stores of kind `sqlite`. With a `path`, a database that exists is used as it is
 * (its capacity must be the one asked for); several processes may make the same store at once.
 * Without one, the store lives in a private temporary directory, which the first instance opened in
 * the creating process removes when it is closed.
 *
 * A journal has no fixed room: `maxSales` is not looked at.
 */
export const sqliteStores: SqliteStores = {
  module: MODULE,
  kinds,
  create(kind: string, options: StoreOptions): MaybePromise<Handle> {
    checkKind(kind, kinds);
    const capacity = checkCapacity(options.capacity);
    const temporary = options.path === undefined;
    const path = temporary ? join(makeTemporaryDirectory(), "tickets.db") : checkPath(options.path);
    const data: StorePath = { path, temporary };
    const handle: Handle = { module: MODULE, kind, version: VERSION, data };
    if (!somethingAt(path) && createDatabase(path, capacity)) return handle;
    return withDatabase(path, (database) => {
      try {
        checkIntegrity(database, path, true);
        const found = new SqliteJournal(database, path).inventory().capacity;
        if (found !== capacity) throw otherCapacity(path, capacity, found);
        return handle;
      } finally {
        database.close();
      }
    });
  },
  open(handle: Handle): MaybePromise<SqliteStore> {
    const checked = checkHandle(handle, { module: MODULE, kinds: kinds.keys(), version: VERSION });
    const data = parseStorePath(checked.data);
    return withDatabase(data.path, (database, identity) => {
      checkIntegrity(database, data.path, false);
      configure(database);
      // What a killed process has left in the WAL may be answered for from now on: settle it first.
      database.exec("PRAGMA wal_checkpoint(PASSIVE)");
      const removes = data.temporary && claimTemporaryDirectory(dirname(data.path));
      return new SqliteStore(
        { ...checked, data },
        { path: data.path, database, identity, removes },
      );
    });
  },
};

/** False if another process was first. */
function createDatabase(path: string, capacity: number): boolean {
  return createOwnFile(path, (draft) => {
    try {
      fillDatabase(draft, capacity);
    } catch (error) {
      throw databaseError("open", path, error);
    }
  });
}

/** Opens and checks a database and hands it to `use`, which closes it or keeps it; closes it if anything throws. */
function withDatabase<T>(
  path: string,
  use: (database: DatabaseSync, identity: bigint) => T,
): MaybePromise<T> {
  return whenFree(path, BUSY_LIMIT_MS, () => {
    const identity = identifyOwnDatabase(path);
    let database: DatabaseSync | undefined;
    try {
      database = openDatabase(path);
      checkSchema(database, path);
      return use(database, identity);
    } catch (error) {
      closeIfOpen(database);
      if (isBusy(error)) return BUSY;
      if (error instanceof RangeError) throw error;
      throw databaseError("open", path, error);
    }
  });
}

function closeIfOpen(database: DatabaseSync | undefined): void {
  try {
    database?.close();
  } catch {
    // It was closed already.
  }
}
