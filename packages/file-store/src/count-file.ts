import { constants, closeSync, fstatSync, openSync, readSync } from "node:fs";
import { corruptStoreFile, storeFileError } from "./store-file-error.ts";

/** The file holds one small number: anything larger is not ours, and is not read into memory. */
const MAX_FILE_BYTES = 1024;

/** A FIFO put in the file's place must not block the thread that opens it. Windows has no such flag. */
const NON_BLOCKING = constants.O_NONBLOCK ?? 0;

/**
 * Opens an existing count file for reading and writing and hands its descriptor to `use`; changes nothing itself.
 * @throws {TicketlockError} `STORE_UNAVAILABLE` if it cannot be opened or is no file.
 */
export function withCountFile<T>(
  doing: "open" | "read" | "write",
  path: string,
  use: (descriptor: number) => T,
): T {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDWR | NON_BLOCKING);
    if (!fstatSync(descriptor).isFile()) throw new Error("it is not a regular file");
    return use(descriptor);
  } catch (error) {
    throw storeFileError(doing, path, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/**
 * Reads the count, an integer from 0 to `capacity`.
 * @throws {TicketlockError} `STORE_CORRUPT` if the file holds anything else.
 */
export function readCount(descriptor: number, path: string, capacity: number): number {
  const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
  let length = 0;
  for (;;) {
    const bytes = readSync(descriptor, buffer, length, buffer.length - length, length);
    length += bytes;
    if (bytes === 0 || length === buffer.length) break;
  }
  if (length > MAX_FILE_BYTES)
    throw corruptStoreFile(path, `it is larger than ${MAX_FILE_BYTES} bytes`);
  return parseCount(buffer.toString("utf8", 0, length), path, capacity);
}

/** Reads the text of a count file; what is parsed goes no further than one checked number. */
export function parseCount(text: string, path: string, capacity: number): number {
  if (text.trim() === "") throw corruptStoreFile(path, "it is empty");
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw corruptStoreFile(path, "it is not whole JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw corruptStoreFile(path, "it is not a JSON object");
  // Own keys only, `__proto__` among them: a rewrite would silently drop what is not the count.
  const keys = Object.keys(parsed);
  if (keys.length !== 1 || keys[0] !== "count")
    throw corruptStoreFile(path, `its keys are ${JSON.stringify(keys)}, expected ["count"]`);
  const { count } = parsed as { count: unknown };
  if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 0) {
    throw corruptStoreFile(
      path,
      `its count is ${JSON.stringify(count)}, expected a whole number from 0`,
    );
  }
  if (count > capacity)
    throw corruptStoreFile(path, `its count of ${count} is more than the capacity of ${capacity}`);
  return count;
}

/** The text of a count file. */
export function formatCount(count: number): string {
  return JSON.stringify({ count });
}
