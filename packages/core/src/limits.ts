import type { Order } from "./ticket-store.ts";
import type { AcquireOptions } from "./lock.ts";

/** Most contenders that one session starts. Threads and processes cost megabytes each. */
export const MAX_CONTENDERS = 256;
/** Largest capacity of a store: counts stay 32-bit integers in shared memory. */
export const MAX_CAPACITY: number = 2 ** 31 - 1;
/** Longest order id or buyer, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 64;

/** Reads `timeoutMs`; absent means Infinity. @throws {RangeError} if negative or NaN; {TypeError} if no number. */
export function checkTimeoutMs(timeoutMs: number | undefined): number {
  if (timeoutMs === undefined) return Infinity;
  if (typeof timeoutMs !== "number")
    throw new TypeError(
      `Cannot use timeoutMs ${String(timeoutMs)}: it must be a number of milliseconds.`,
    );
  if (!(timeoutMs >= 0))
    throw new RangeError(
      `Cannot use timeoutMs ${timeoutMs}: it must be 0 or more milliseconds, or Infinity.`,
    );
  return timeoutMs;
}

/** Checks both ways of bounding a wait. An aborted signal throws its reason. */
export function checkAcquireOptions(options: AcquireOptions | undefined): {
  timeoutMs: number;
  signal: AbortSignal | undefined;
} {
  const timeoutMs = checkTimeoutMs(options?.timeoutMs);
  options?.signal?.throwIfAborted();
  return { timeoutMs, signal: options?.signal };
}

/** @throws {RangeError} unless `value` is an integer from `min` to `max`. */
export function checkInteger(what: string, value: unknown, min: number, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(
      `Cannot use ${what} ${String(value)}: it must be an integer from ${min} to ${max}.`,
    );
  }
  return value;
}

export function checkCapacity(capacity: unknown): number {
  return checkInteger("capacity", capacity, 0, MAX_CAPACITY);
}

export function checkContenders(contenders: unknown): number {
  return checkInteger("contenders", contenders, 1, MAX_CONTENDERS);
}

/** Checks shape and size of an order. @throws {TypeError | RangeError} */
export function checkOrder(order: Order): Order {
  checkText("order id", order.id);
  checkText("buyer", order.buyer);
  checkInteger("quantity", order.quantity, 1, MAX_CAPACITY);
  return order;
}

function checkText(what: string, text: unknown): void {
  if (typeof text !== "string")
    throw new TypeError(`Cannot use ${what} ${String(text)}: it must be a string.`);
  if (!text.isWellFormed())
    throw new TypeError(`Cannot use this ${what}: it contains half of a surrogate pair.`);
  const bytes = utf8Length(text);
  if (bytes < 1 || bytes > MAX_TEXT_BYTES) {
    throw new RangeError(
      `Cannot use a ${what} of ${bytes} bytes: it must have 1 to ${MAX_TEXT_BYTES} bytes in UTF-8.`,
    );
  }
}

/** Length in UTF-8 without encoding. A lone surrogate counts as the replacement character's three bytes. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    const pair = unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    if (pair) i++; // four bytes for two units: 2 + 2
  }
  return bytes;
}
