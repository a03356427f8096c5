import { setTimeout as sleep } from "node:timers/promises";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type LockState, TicketlockError } from "@ticketlock/core";
import { mayLive, ownIdentity, type ProcessIdentity } from "@ticketlock/mapped-memory/state";
import { databaseError, isBusy, openDatabase } from "./node-sqlite.ts";

const VERSION = 1;
/** Only holders write, one at a time: somebody is in the way only while SQLite repairs after a death, which takes microseconds. */
const BUSY_MS = 10;
const OPEN_LIMIT_MS = 5_000;
const OPEN_RETRY_MS = 2;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS hold (
    id INTEGER PRIMARY KEY CHECK (id = 1), token INTEGER NOT NULL,
    held INTEGER NOT NULL, abandoned INTEGER NOT NULL,
    process_id INTEGER NOT NULL, start_time TEXT NOT NULL, boot_id TEXT NOT NULL, pid_namespace INTEGER NOT NULL
  ) STRICT`;
/** The one statement of an acquisition. A predecessor that is still \`held\` has died: it never said that it is done. */
const TAKE = `
  UPDATE hold SET abandoned = max(abandoned, held), token = max(token, ?) + 1, held = 1,
    process_id = ?, start_time = ?, boot_id = ?, pid_namespace = ? WHERE id = 1
  RETURNING token, abandoned`;

/** What a new holder has to know. */
export interface Hold {
  readonly token: number;
  readonly abandoned: boolean;
}

/**
 * Who holds the lock, with which token, in a database of its own that outlives its holders.
 * Holders alone write to it, each before its guard is given: so tokens are never issued twice, and
 * a holder that died is known by its record.
 *
 * **Crash behaviour**: a process may be killed at any instruction; SQLite's log makes each write
 * whole or none. After a power cut the last writes may be missing.
 */
export class HoldRecord {
  readonly #path: string;
  readonly #tokensAbove: number;
  readonly #database: DatabaseSync;
  readonly #own: ProcessIdentity = ownIdentity();
  readonly #take: StatementSync;
  readonly #read: StatementSync;
  readonly #free: StatementSync;
  readonly #consistent: StatementSync;

  private constructor(path: string, database: DatabaseSync, tokensAbove: number) {
    this.#path = path;
    this.#tokensAbove = tokensAbove;
    this.#database = database;
    this.#take = database.prepare(TAKE);
    this.#read = database.prepare("SELECT * FROM hold WHERE id = 1");
    this.#free = database.prepare("UPDATE hold SET held = 0 WHERE token = ?");
    this.#consistent = database.prepare("UPDATE hold SET abandoned = 0 WHERE token = ?");
  }

  /**
   * Opens the record, writing its first one if it is new. Tokens that are taken here are above `tokensAbove`.
   * @throws {TicketlockError} `LOCK_CORRUPT`, `LOCK_UNAVAILABLE`, `LOCK_UNSUPPORTED`.
   */
  static async open(path: string, tokensAbove = 0): Promise<HoldRecord> {
    const database = openDatabase(path, BUSY_MS);
    try {
      await initialise(database, path, tokensAbove);
      const record = new HoldRecord(path, database, tokensAbove);
      record.state(0);
      return record;
    } catch (error) {
      database.close();
      throw databaseError("open", path, error);
    }
  }

  /** Records that this process holds the lock from now on; `undefined` if SQLite is busy repairing. */
  take(): Hold | undefined {
    const { processId, startTime, bootId, pidNamespace } = this.#own;
    try {
      const [row] = this.#take.all(this.#tokensAbove, processId, startTime, bootId, pidNamespace);
      if (row === undefined) throw this.#damaged();
      return { token: Number(row["token"]), abandoned: row["abandoned"] === 1 };
    } catch (error) {
      if (isBusy(error)) return undefined;
      throw databaseError("record the holder in", this.#path, error);
    }
  }

  /** Records that the hold has ended. If that cannot be written, the next holder is told \`abandoned\`. */
  free(token: number): void {
    try {
      this.#free.run(token);
    } catch {
      // The lock must be let go all the same.
    }
  }

  /** @throws {TicketlockError} `LOCK_UNAVAILABLE` if that cannot be written. */
  markConsistent(token: number): void {
    try {
      this.#consistent.run(token);
    } catch (error) {
      throw databaseError("record in", this.#path, error);
    }
  }

  /** What the record says, put right where its holder has died. */
  state(waiters: number): LockState {
    let row: Record<string, unknown> | undefined;
    try {
      row = this.#read.get();
    } catch (error) {
      throw databaseError("read", this.#path, error);
    }
    if (row === undefined) throw this.#damaged();
    const holder = identityOf(row);
    const died = row["held"] === 1 && !mayLive(holder);
    const state = {
      token: Number(row["token"]),
      waiters,
      abandoned: row["abandoned"] === 1 || died,
    };
    return row["held"] === 1 && !died
      ? { ...state, held: true, holder: { id: holder.processId } }
      : { ...state, held: false };
  }

  close(): void {
    this.#database.close();
  }

  #damaged(): TicketlockError {
    return new TicketlockError(
      "LOCK_CORRUPT",
      `Cannot use ${this.#path}: its one row is missing. Use another name or state directory.`,
    );
  }
}

/** Two may do this at once, and one may die in the middle: each step is whole, and done again does nothing. */
async function initialise(
  database: DatabaseSync,
  path: string,
  tokensAbove: number,
): Promise<void> {
  // Whole after any death; a power cut, which ends all holders too, may take the last tokens back.
  database.exec("PRAGMA synchronous = NORMAL");
  for (const start = performance.now(); ; await sleep(OPEN_RETRY_MS)) {
    try {
      const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
      if (version === VERSION) return;
      if (version !== 0) throw anotherVersion(path, version);
      database.exec("PRAGMA journal_mode = WAL");
      database.exec("BEGIN IMMEDIATE");
      try {
        database.exec(SCHEMA);
        database
          .prepare("INSERT OR IGNORE INTO hold VALUES (1, ?, 0, 0, 0, '', '', 0)")
          .run(tokensAbove);
        database.exec(`PRAGMA user_version = ${VERSION}; COMMIT`);
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    } catch (error) {
      if (!isBusy(error) || performance.now() - start > OPEN_LIMIT_MS) throw error;
    }
  }
}

function identityOf(row: Record<string, unknown>): ProcessIdentity {
  return {
    processId: Number(row["process_id"]),
    startTime: String(row["start_time"]),
    bootId: String(row["boot_id"]),
    pidNamespace: Number(row["pid_namespace"]),
  };
}

function anotherVersion(path: string, version: number): TicketlockError {
  return new TicketlockError(
    "LOCK_CORRUPT",
    `Cannot use ${path}: it is of version ${version}, expected ${VERSION}. Use one release of @ticketlock/node-cluster.`,
  );
}
