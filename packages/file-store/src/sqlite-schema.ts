import type { DatabaseSync } from "node:sqlite";
import { corruptDatabase, openDatabase } from "./sqlite-module.ts";

/** "TKTL": marks the database file as a ticket store's. */
const APPLICATION_ID = 0x544b544c;
/** Version of the tables; another one is refused. */
const SCHEMA_VERSION = 1;

/**
 * The tables, letter by letter as SQLite keeps their text: whatever else is in a database (a trigger,
 * a view, another column) is not ours. Texts are kept as bytes, so that a zero in them ends nothing.
 */
const tables = [
  `CREATE TABLE inventory (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  capacity INTEGER NOT NULL CHECK (capacity BETWEEN 0 AND 2147483647),
  remaining INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND capacity),
  version INTEGER NOT NULL CHECK (version BETWEEN 0 AND 9007199254740991),
  fence INTEGER NOT NULL CHECK (fence BETWEEN 0 AND 9007199254740991)
) STRICT`,
  `CREATE TABLE sale (
  number INTEGER PRIMARY KEY,
  order_id BLOB NOT NULL UNIQUE,
  buyer BLOB NOT NULL,
  first_serial INTEGER NOT NULL,
  quantity INTEGER NOT NULL
) STRICT`,
] as const;

/** WAL files are cut back to this, in bytes, once what is in them has reached the database. */
const WAL_LIMIT_BYTES = 16 * 2 ** 20;

/** Makes the tables in an empty database file. When it returns the file stands alone: no `-wal` beside it. */
export function fillDatabase(path: string, capacity: number): void {
  const database = openDatabase(path);
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1;");
    database.exec(`BEGIN IMMEDIATE;
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${SCHEMA_VERSION};
      ${tables.join(";")};`);
    database.prepare("INSERT INTO inventory VALUES (1, ?, ?, 0, 0)").run(capacity, capacity);
    database.exec("COMMIT");
  } finally {
    database.close(); // the last one to close moves the WAL into the database, and settles it
  }
}

/**
 * Refuses a database that is not a ticket store of this version, having changed nothing in it.
 * @throws {TicketlockError} `STORE_CORRUPT`; what node:sqlite throws.
 */
export function checkSchema(database: DatabaseSync, path: string): void {
  const applicationId = pragma(database, "application_id");
  const version = pragma(database, "user_version");
  if (applicationId !== APPLICATION_ID)
    throw corruptDatabase(path, "it is a database of something else");
  if (version !== SCHEMA_VERSION) {
    const why = `its tables are of version ${String(version)}, this release reads version ${SCHEMA_VERSION}`;
    throw corruptDatabase(path, why);
  }
  const found = database
    .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
    .all();
  if (found.length !== tables.length || found.some(({ sql }, i) => sql !== tables[i]))
    throw corruptDatabase(path, "its tables are not those of a ticket store");
}

/** Sets what a connection forgets when it is closed. */
export function configure(database: DatabaseSync): void {
  database.exec(`PRAGMA trusted_schema = OFF; PRAGMA fullfsync = 1;
    PRAGMA checkpoint_fullfsync = 1; PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES};`);
  setSynchronous(database, "FULL");
}

/** `FULL`: a commit survives a power cut. `NORMAL`: it survives the end of every process. */
export function setSynchronous(database: DatabaseSync, level: "FULL" | "NORMAL"): void {
  database.exec(`PRAGMA synchronous = ${level}`);
}

/** Sales up to which the whole file is looked through at each opening: some milliseconds. */
const MAX_SALES_LOOKED_THROUGH = 10_000;

/**
 * Looks for damage in the whole file: by `always`, or where there are few enough sales. In a larger
 * one SQLite still notices damage when it comes to the page.
 * @throws {TicketlockError} `STORE_CORRUPT`
 */
export function checkIntegrity(database: DatabaseSync, path: string, always: boolean): void {
  const last = database.prepare("SELECT max(number) AS last FROM sale").get()?.["last"];
  if (!always && Number(last) > MAX_SALES_LOOKED_THROUGH) return;
  const verdict = pragma(database, "integrity_check(1)");
  if (verdict !== "ok") throw corruptDatabase(path, `it is damaged: ${String(verdict)}`);
}

function pragma(database: DatabaseSync, name: string): unknown {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? undefined : Object.values(row)[0];
}
