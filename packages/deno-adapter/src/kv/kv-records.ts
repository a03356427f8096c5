import {
  checkCapacity,
  checkInteger,
  checkOrder,
  MAX_CAPACITY,
  type Order,
  type Sale,
} from "@ticketlock/core";
import type { KvKey } from "../deno-types.ts";
import { corruptKv } from "./kv-errors.ts";

/** Version of the records; another one is refused. */
const FORMAT = 1;

/** All that changes with each commit, under one key: whoever checks its version checks the whole store. */
export interface KvState {
  readonly capacity: number;
  readonly remaining: number;
  /** Counts committed changes of the inventory. Deno's versionstamps jump, and move with the fence as well. */
  readonly version: number;
  readonly fence: number;
  /** Sales in the journal: they are numbered from 1. */
  readonly sales: number;
}

export const stateKey: KvKey = ["ticketlock", "state"];

/** Numbers are ordered by their value among keys, so the journal lies there in the order of commit. */
export function saleKey(number: number): KvKey {
  return ["ticketlock", "sale", number];
}

/** Under it stands the number of the order's sale. */
export function orderKey(orderId: string): KvKey {
  return ["ticketlock", "order", orderId];
}

/** What stands under `stateKey` of a new store. */
export function newState(capacity: number): KvState {
  return { capacity, remaining: capacity, version: 0, fence: 0, sales: 0 };
}

/** The state as it is kept. */
export function stateRecord(state: KvState): unknown {
  return { format: FORMAT, ...state };
}

/** The sale of an order, as it is kept and answered. */
export function saleOf({ id, buyer, quantity }: Order, firstSerial: number): Sale {
  return { order: id, buyer, firstSerial, quantity };
}

/** @throws {TicketlockError} `STORE_CORRUPT` if it is not what a store of this version has written. */
export function readState(path: string, value: unknown): KvState {
  if (value === null) throw corruptKv(path, "it is a Deno KV database, but of something else");
  return checked(path, () => {
    const row = fields(value);
    const format = row["format"];
    if (format !== FORMAT)
      throw new TypeError(`its format is ${String(format)}, this release reads ${FORMAT}`);
    const capacity = checkCapacity(row["capacity"]);
    return {
      capacity,
      remaining: checkInteger("remaining", row["remaining"], 0, capacity),
      version: checkInteger("version", row["version"], 0, Number.MAX_SAFE_INTEGER),
      fence: checkInteger("fence", row["fence"], 0, Number.MAX_SAFE_INTEGER),
      sales: checkInteger("sales", row["sales"], 0, Number.MAX_SAFE_INTEGER),
    };
  });
}

/** @throws {TicketlockError} `STORE_CORRUPT` */
export function readSale(path: string, value: unknown): Sale {
  return checked(path, () => {
    const { order: id, buyer, quantity, firstSerial } = fields(value) as Record<string, never>;
    checkOrder({ id: id!, buyer: buyer!, quantity: quantity! });
    return saleOf(
      { id: id!, buyer: buyer!, quantity: quantity! },
      checkInteger("first serial", firstSerial, 0, MAX_CAPACITY),
    );
  });
}

/** The number under an order's key; `undefined` if the order has no sale. @throws {TicketlockError} `STORE_CORRUPT` */
export function readNumber(path: string, value: unknown): number | undefined {
  if (value === null) return undefined;
  return checked(path, () => checkInteger("number of a sale", value, 1, Number.MAX_SAFE_INTEGER));
}

/** Whatever a record holds that no store has written is a fault of the file, not of the caller. */
function checked<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw corruptKv(path, `it says what no store says: ${why}`, error);
  }
}

function fields(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new TypeError("a record is no object");
  return value as Record<string, unknown>;
}
