import { createHash } from "node:crypto";
import {
  checkCapacity,
  checkInteger,
  checkOrder,
  MAX_CAPACITY,
  type Sale,
  TicketlockError,
} from "@ticketlock/core";
import { namesBeside } from "./durable-file.ts";

/** Most sales in one file. Every change writes all of them anew: about 100 bytes each. */
export const MAX_DURABLE_SALES: number = 2 ** 16;
/** More than that many sales can take, escapes included. A larger file is not ours and is not read into memory. */
export const MAX_STORE_BYTES: number = 64 * 2 ** 20;

/** What a durable store is, but for its sales. */
export interface StoreState {
  readonly capacity: number;
  /** Sales that there is room for. */
  readonly room: number;
  readonly remaining: number;
  readonly version: number;
  readonly fence: number;
}

/** Sales in the order of their commit, found by order id, and ready to be written. */
export interface SalesLog {
  readonly sales: readonly Sale[];
  readonly byOrder: ReadonlyMap<string, Sale>;
  /** The sales as they stand in the file. */
  readonly text: string;
}

const NAME = "ticketlock json-durable";
const FORMAT = 1;
const BEFORE_SUM = `{"format":"${NAME} ${FORMAT}","sha256":"`;
const BEFORE_BODY = '","store":';
const END = "}\n";
const SUM_LENGTH = 64;
const BODY_AT = BEFORE_SUM.length + SUM_LENGTH + BEFORE_BODY.length;

/** One sale as it stands in the file; a line for each. */
export function formatSale({ order, buyer, firstSerial, quantity }: Sale): string {
  return `\n${JSON.stringify([order, buyer, firstSerial, quantity])}`;
}

/** The content of a store file: one JSON object, in which `sha256` is that of the bytes of `store`. */
export function formatStore(state: StoreState, salesText: string): Buffer {
  const { capacity, room, remaining, version, fence } = state;
  const head = JSON.stringify({ capacity, room, remaining, version, fence });
  const body = Buffer.from(`${head.slice(0, -1)},"sales":[${salesText}]}`);
  return Buffer.concat([
    Buffer.from(`${BEFORE_SUM}${sha256(body)}${BEFORE_BODY}`),
    body,
    Buffer.from(END),
  ]);
}

/**
 * Reads the content of a store file.
 * @throws {TicketlockError} `STORE_CORRUPT` if a single byte of it is not as it was written.
 */
export function parseStore(
  path: string,
  content: Buffer,
): { readonly state: StoreState; readonly sales: readonly Sale[] } {
  if (content.length === 0) throw corruptDurableFile(path, "it is empty");
  if (!isAt(content, 0, BEFORE_SUM)) throw corruptDurableFile(path, foreignFormat(content));
  const bodyEnd = content.length - END.length;
  if (
    bodyEnd < BODY_AT ||
    !isAt(content, BODY_AT - BEFORE_BODY.length, BEFORE_BODY) ||
    !isAt(content, bodyEnd, END)
  )
    throw corruptDurableFile(path, "it is cut short");
  const body = content.subarray(BODY_AT, bodyEnd);
  const sum = content.toString("latin1", BEFORE_SUM.length, BEFORE_SUM.length + SUM_LENGTH);
  if (sum !== sha256(body)) throw corruptDurableFile(path, "its checksum does not match");
  try {
    return readBody(JSON.parse(body.toString("utf8")));
  } catch (error) {
    // Whoever wrote this made the checksum match as well.
    const why = error instanceof Error ? error.message : String(error);
    throw corruptDurableFile(path, `it says what no store says: ${why}`);
  }
}

/** The error of a durable file that cannot be trusted. It is never reset. */
export function corruptDurableFile(path: string, why: string): TicketlockError {
  return new TicketlockError(
    "STORE_CORRUPT",
    `Cannot use the store file ${path}: ${why}. It was left as it is. The generation before it is in ${namesBeside(path).previous}: if what that says is right, move it into the file's place while nobody uses the store; or pass another path.`,
  );
}

function readBody(parsed: unknown): { state: StoreState; sales: Sale[] } {
  const body = exactly(parsed, ["capacity", "room", "remaining", "version", "fence", "sales"]);
  const capacity = checkCapacity(body["capacity"]);
  const state: StoreState = {
    capacity,
    room: checkInteger("room", body["room"], 0, MAX_DURABLE_SALES),
    remaining: checkInteger("remaining", body["remaining"], 0, capacity),
    version: checkInteger("version", body["version"], 0, Number.MAX_SAFE_INTEGER),
    fence: checkInteger("fence", body["fence"], 0, Number.MAX_SAFE_INTEGER),
  };
  const rows = body["sales"];
  if (!Array.isArray(rows) || rows.length > state.room)
    throw new TypeError(`its sales are no list of at most ${state.room}`);
  return { state, sales: rows.map(readSale) };
}

function readSale(row: unknown): Sale {
  if (!Array.isArray(row) || row.length !== 4) throw new TypeError("a sale is no list of four");
  const [id, buyer, firstSerial, quantity] = row as [string, string, number, number];
  checkOrder({ id, buyer, quantity });
  checkInteger("first serial", firstSerial, 0, MAX_CAPACITY);
  return { order: id, buyer, firstSerial, quantity };
}

/** The object, if it has just these keys of its own: `__proto__` is none of them. */
function exactly(value: unknown, keys: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TypeError("it is no object");
  const found = Object.keys(value);
  if (found.length !== keys.length || found.some((key, i) => key !== keys[i]))
    throw new TypeError(`its keys are ${JSON.stringify(found)}, expected ${JSON.stringify(keys)}`);
  return value as Record<string, unknown>;
}

function foreignFormat(content: Buffer): string {
  const head = content.toString("latin1", 0, BEFORE_SUM.length + 16);
  const version = /^\{"format":"ticketlock json-durable (\d{1,6})"/.exec(head)?.[1];
  if (version !== undefined && version !== String(FORMAT))
    return `it is of format ${version}, this release reads format ${FORMAT}`;
  return BEFORE_SUM.startsWith(head) ? "it is cut short" : "it is no durable store";
}

function isAt(content: Buffer, at: number, text: string): boolean {
  return content.toString("latin1", at, at + text.length) === text;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
