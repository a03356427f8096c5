import type { DatabaseSync, StatementSync } from "node:sqlite";
import { checkInteger, MAX_CAPACITY, type Order, type Sale } from "@ticketlock/core";
import { corruptDatabase } from "./sqlite-module.ts";

/** The one row of the inventory. */
export interface InventoryRow {
  readonly capacity: number;
  readonly remaining: number;
  readonly version: number;
  readonly fence: number;
}

/** Sales that are read at a time: no read stays open while the caller looks at them. */
const PAGE = 512;

const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/** The statements of a ticket store, prepared once, and what they give read into objects of known shape. */
export class SqliteJournal {
  readonly #path: string;
  readonly #select: StatementSync;
  readonly #update: StatementSync;
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #page: StatementSync;
  readonly #last: StatementSync;

  constructor(database: DatabaseSync, path: string) {
    this.#path = path;
    this.#select = database.prepare(
      "SELECT capacity, remaining, version, fence FROM inventory WHERE id = 1",
    );
    this.#update = database.prepare(
      "UPDATE inventory SET capacity = ?, remaining = ?, version = ?, fence = ? WHERE id = 1",
    );
    this.#insert = database.prepare(
      "INSERT INTO sale (order_id, buyer, first_serial, quantity) VALUES (?, ?, ?, ?) ON CONFLICT (order_id) DO NOTHING",
    );
    this.#find = database.prepare(
      "SELECT order_id, buyer, first_serial, quantity FROM sale WHERE order_id = ?",
    );
    this.#page = database.prepare(
      `SELECT number, order_id, buyer, first_serial, quantity FROM sale WHERE number > ? AND number <= ? ORDER BY number LIMIT ${PAGE}`,
    );
    this.#last = database.prepare("SELECT max(number) AS last FROM sale");
  }

  inventory(): InventoryRow {
    const row = this.#select.get();
    if (row === undefined) throw corruptDatabase(this.#path, "it has no inventory");
    return this.#checked(() => {
      const capacity = checkInteger("capacity", row["capacity"], 0, MAX_CAPACITY);
      return {
        capacity,
        remaining: checkInteger("remaining", row["remaining"], 0, capacity),
        version: checkInteger("version", row["version"], 0, Number.MAX_SAFE_INTEGER),
        fence: checkInteger("fence", row["fence"], 0, Number.MAX_SAFE_INTEGER),
      };
    });
  }

  setInventory({ capacity, remaining, version, fence }: InventoryRow): void {
    this.#update.run(capacity, remaining, version, fence);
  }

  /** Enters a sale; false if its order is in the journal already. */
  enter({ id, buyer, quantity }: Order, firstSerial: number): boolean {
    const { changes } = this.#insert.run(
      encoder.encode(id),
      encoder.encode(buyer),
      firstSerial,
      quantity,
    );
    return Number(changes) === 1;
  }

  find(orderId: string): Sale | undefined {
    const row = this.#find.get(encoder.encode(orderId));
    return row && this.#readSale(row);
  }

  /** Number of the last sale, 0 if there is none. */
  last(): number {
    return Number(this.#last.get()?.["last"] ?? 0);
  }

  /** The next sales after number `after`, up to number `last`, and the number to go on from; fewer than there are. */
  page(after: number, last: number): { readonly sales: Sale[]; readonly after: number } {
    const rows = this.#page.all(after, last);
    const end = rows.at(-1)?.["number"];
    return {
      sales: rows.map((row) => this.#readSale(row)),
      after: rows.length < PAGE ? last : Number(end),
    };
  }

  #readSale(row: Record<string, unknown>): Sale {
    return this.#checked(() => ({
      order: readText(row["order_id"]),
      buyer: readText(row["buyer"]),
      firstSerial: checkInteger("first serial", row["first_serial"], 0, MAX_CAPACITY),
      quantity: checkInteger("quantity", row["quantity"], 1, MAX_CAPACITY),
    }));
  }

  /** Whatever a row holds that no store has written is a fault of the file, not of the caller. */
  #checked<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw corruptDatabase(this.#path, `it says what no store says: ${why}`, error);
    }
  }
}

function readText(value: unknown): string {
  if (!(value instanceof Uint8Array)) throw new TypeError("a text is no row of bytes");
  return decoder.decode(value);
}
