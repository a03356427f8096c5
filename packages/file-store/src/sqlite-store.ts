import { rmSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  type AtomicTicketStore,
  type Commit,
  type FencingToken,
  type Handle,
  type Inventory,
  type MaybePromise,
  type Order,
  type Sale,
  type StoreGuarantees,
  TicketlockError,
  type WriteResult,
} from "@ticketlock/core";
import { BUSY, BUSY_LIMIT_MS, whenFree } from "./busy.ts";
import { checkWrite, copyOrder } from "./checked-write.ts";
import { DatabaseFiles } from "./database-files.ts";
import { checkToken, staleToken } from "./fencing.ts";
import { GroupCommit } from "./group-commit.ts";
import { type InventoryRow, SqliteJournal } from "./sqlite-journal.ts";
import { databaseError, isBusy } from "./sqlite-module.ts";
import { setSynchronous } from "./sqlite-schema.ts";

/** The kind's name in commands and handles. */
export const SQLITE_KIND = "sqlite";

export const sqliteGuarantees: StoreGuarantees = {
  scope: "runtimes",
  atomic: true,
  versioned: true,
  fenced: true,
  idempotent: true,
  journal: true,
  durability: "power",
};

/** What a store of this kind stands on. */
export interface SqliteParts {
  readonly path: string;
  /** Opened, checked and configured. The store closes it. */
  readonly database: DatabaseSync;
  /** The database file's, from before it was opened. */
  readonly identity: bigint;
  /** This instance takes the temporary directory with it. */
  readonly removes?: boolean;
  readonly busyLimitMs?: number;
}

/** One order among those that are sold in one transaction. */
interface Wish {
  readonly order: Order;
  readonly token: FencingToken;
}

/** What is decided within a transaction: the answer, and the inventory to commit where there is anything to. */
interface Decision<T> {
  readonly answer: T | TicketlockError;
  readonly next?: InventoryRow;
}

/**
 * A ticket store in an SQLite database in WAL mode.
 *
 * `sell` is one step: under the database's write lock it checks what is left and enters the order,
 * unless its id is in the journal. All orders that this process sells within one turn of its event
 * loop share a transaction, so they share the wait for the disk as well; each is answered after the
 * commit. `read`, `write` and `fence` answer at once where the database is free, else with a promise;
 * no call blocks the thread for others.
 *
 * **Crash behaviour**: a sale that was answered survives the end of any process and a power cut
 * (synchronous = FULL); a transaction that was cut short is gone as a whole. A fence survives the end
 * of any process; a power cut takes back only one that no sale has followed.
 *
 * **A file that was removed or replaced** is noticed within each transaction: once somebody has made
 * the store anew at this path, this one changes nothing more (`STORE_UNAVAILABLE`).
 *
 * **Fairness**: barging between processes; within one, orders are sold in the order in which they came.
 */
export class SqliteStore implements AtomicTicketStore {
  readonly handle: Handle;
  readonly guarantees: StoreGuarantees = sqliteGuarantees;
  readonly #parts: SqliteParts;
  readonly #busyLimitMs: number;
  readonly #files: DatabaseFiles;
  readonly #journal: SqliteJournal;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #sells: GroupCommit<Wish, Sale | undefined>;
  #closing: Promise<void> | undefined;

  /** Prepares what it needs and changes nothing. @throws {TicketlockError} `STORE_UNAVAILABLE`; what node:sqlite throws. */
  constructor(handle: Handle, parts: SqliteParts) {
    this.handle = handle;
    this.#parts = parts;
    this.#busyLimitMs = parts.busyLimitMs ?? BUSY_LIMIT_MS;
    this.#journal = new SqliteJournal(parts.database, parts.path);
    this.#journal.last(); // after a read, SQLite has opened all of its files
    this.#files = new DatabaseFiles(parts.path, parts.identity);
    this.#begin = parts.database.prepare("BEGIN IMMEDIATE");
    this.#commit = parts.database.prepare("COMMIT");
    this.#sells = new GroupCommit(parts.path, this.#busyLimitMs, (take) =>
      this.#transaction(() => this.#sellAll(take())),
    );
  }

  read(token?: FencingToken): MaybePromise<Inventory> {
    this.#checkOpen();
    const fencing = checkToken(token);
    if (fencing === 0) return this.#whenFree("read", () => inventoryOf(this.#journal.inventory()));
    return this.#change("NORMAL", (state): Decision<Inventory> => {
      if (fencing < state.fence) return { answer: staleToken(fencing, state.fence) };
      return { answer: inventoryOf(state), next: raised(state, fencing) };
    });
  }

  /** @throws {RangeError} also if the order takes more tickets than are gone: `remaining` must have gone down by them. */
  write(next: Inventory, commit: Commit = {}): MaybePromise<WriteResult> {
    this.#checkOpen();
    const { capacity, remaining, token, expectedVersion, order, firstSerial } = checkWrite(
      next,
      commit,
    );
    return this.#change("FULL", (state): Decision<WriteResult> => {
      if (order !== undefined && this.#journal.find(order.id) !== undefined)
        return { answer: "duplicate" };
      if (token !== 0 && token < state.fence) return { answer: staleToken(token, state.fence) };
      const now = raised(state, token);
      if (expectedVersion !== undefined && expectedVersion !== state.version)
        return { answer: "conflict", next: now };
      if (order !== undefined) this.#journal.enter(order, firstSerial);
      return {
        answer: "written",
        next: { capacity, remaining, version: state.version + 1, fence: now.fence },
      };
    });
  }

  /**
   * The same order id gets the same sale, from whichever process and with whichever token.
   * @throws {TicketlockError} `STORE_STALE_TOKEN`, `STORE_UNAVAILABLE`, `STORE_CORRUPT`; `QUEUE_FULL` if
   * 65 536 orders of this process wait already.
   */
  async sell(order: Order, token?: FencingToken): Promise<Sale | undefined> {
    this.#checkOpen();
    return this.#sells.add({ order: copyOrder(order), token: checkToken(token) });
  }

  /** The sales up to now, read a few hundred at a time. */
  async *sales(): AsyncGenerator<Sale> {
    this.#checkOpen();
    const last = await this.#whenFree("read", () => this.#journal.last());
    for (let after = 0; after < last;) {
      const from = after;
      const page = await this.#whenFree("read", () => this.#journal.page(from, last));
      after = page.after;
      yield* page.sales;
    }
  }

  fence(): MaybePromise<FencingToken> {
    this.#checkOpen();
    return this.#whenFree("read", () => this.#journal.inventory().fence);
  }

  /** Orders that wait are sold first. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#sells.end();
    this.#parts.database.close();
    if (this.#parts.removes) rmSync(dirname(this.#parts.path), { recursive: true, force: true });
  }

  /** Sells one order after the other; what one of them meets is no other's concern. */
  #sellAll(wishes: readonly Wish[]): (Sale | undefined | TicketlockError)[] {
    const before = this.#journal.inventory();
    let state = before;
    const answers = wishes.map(({ order, token }) => {
      const { answer, next } = this.#sellOne(state, order, token);
      state = next ?? state;
      return answer;
    });
    if (state !== before) this.#journal.setInventory(state);
    return answers;
  }

  #sellOne(state: InventoryRow, order: Order, token: FencingToken): Decision<Sale | undefined> {
    const { id, buyer, quantity } = order;
    const isStale = token !== 0 && token < state.fence;
    const firstSerial = state.capacity - state.remaining;
    if (!isStale && state.remaining >= quantity && this.#journal.enter(order, firstSerial)) {
      const next = raised(state, token);
      const remaining = state.remaining - quantity;
      return {
        answer: { order: id, buyer, firstSerial, quantity },
        next: { ...next, remaining, version: state.version + 1 },
      };
    }
    const sale = this.#journal.find(id);
    if (sale !== undefined) return { answer: sale };
    if (isStale) return { answer: staleToken(token, state.fence) };
    return { answer: undefined, next: raised(state, token) };
  }

  /** A change of its own, with `level` saying what its commit survives. */
  #change<T>(
    level: "FULL" | "NORMAL",
    decide: (state: InventoryRow) => Decision<T>,
  ): MaybePromise<T> {
    const { path } = this.#parts;
    return whenFree(path, this.#busyLimitMs, () => {
      this.#checkOpen(); // it may have been closed while this was waiting
      if (level === "NORMAL") setSynchronous(this.#parts.database, level);
      try {
        const answer = this.#transaction(() => {
          const state = this.#journal.inventory();
          const decision = decide(state);
          if (decision.next !== undefined && decision.next !== state)
            this.#journal.setInventory(decision.next);
          return decision.answer;
        });
        if (answer instanceof TicketlockError) throw answer;
        return answer;
      } finally {
        if (level === "NORMAL") setSynchronous(this.#parts.database, "FULL");
      }
    });
  }

  /** Performs `body` under the database's write lock and commits; BUSY if others hold that. Never waits, never yields. */
  #transaction<T>(body: () => T): T | typeof BUSY {
    const { database, path } = this.#parts;
    let begun = false;
    try {
      this.#begin.run();
      begun = true;
      this.#files.check();
      const result = body();
      this.#commit.run();
      return result;
    } catch (error) {
      if (begun) rollBack(database);
      if (isBusy(error)) return BUSY;
      throw databaseError("write", path, error);
    }
  }

  /** Reads, without any lock in the way but in the moment in which the database is recovered or opened. */
  #whenFree<T>(doing: "read", act: () => T): MaybePromise<T> {
    const { path } = this.#parts;
    return whenFree(path, this.#busyLimitMs, () => {
      this.#checkOpen();
      try {
        return act();
      } catch (error) {
        if (isBusy(error)) return BUSY;
        throw databaseError(doing, path, error);
      }
    });
  }

  #checkOpen(): void {
    if (this.#closing !== undefined)
      throw new TicketlockError(
        "STORE_CLOSED",
        `Cannot use the store ${this.#parts.path}: it was closed here. Open its handle again.`,
      );
  }
}

function inventoryOf({ capacity, remaining, version }: InventoryRow): Inventory {
  return { capacity, remaining, version };
}

/** The same row where the fence is high enough already. */
function raised(state: InventoryRow, token: FencingToken): InventoryRow {
  return token > state.fence ? { ...state, fence: token } : state;
}

function rollBack(database: DatabaseSync): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // After a full disk or an I/O error SQLite has done so by itself.
  }
}
