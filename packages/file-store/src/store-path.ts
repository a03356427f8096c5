import { isAbsolute, resolve } from "node:path";
import { TicketlockError } from "@ticketlock/core";

/** The package's name, which its handles carry. */
export const MODULE = "@ticketlock/file-store";

/** What the handle of a durable store carries: the rest stands in the file. */
export interface StorePath {
  /** Absolute. */
  readonly path: string;
  /** The file stands in a private directory that goes when the store's creator closes it. */
  readonly temporary: boolean;
}

/** @throws {TypeError} unless it can be the path of a file. */
export function checkPath(path: unknown): string {
  if (typeof path !== "string" || path === "" || path.includes("\0"))
    throw new TypeError(`Cannot use path ${JSON.stringify(path)}: it must be the path of a file.`);
  return resolve(path);
}

/** @throws {TicketlockError} `STORE_UNSUPPORTED` */
export function checkKind(kind: string, kinds: ReadonlyMap<string, unknown>): void {
  if (kinds.has(kind)) return;
  throw new TicketlockError(
    "STORE_UNSUPPORTED",
    `Cannot make a store of kind ${kind}: ${MODULE} offers ${[...kinds.keys()].join(", ")}.`,
  );
}

/** Reads where a handle's store is. @throws {TicketlockError} `HANDLE_INVALID` */
export function parseStorePath(data: unknown): StorePath {
  if (typeof data === "object" && data !== null) {
    const { path, temporary } = data as Record<string, unknown>;
    if (
      typeof path === "string" &&
      isAbsolute(path) &&
      !path.includes("\0") &&
      typeof temporary === "boolean"
    )
      return { path, temporary };
  }
  throw malformedHandle();
}

/** The error of a handle that was changed on its way. */
export function malformedHandle(): TicketlockError {
  return new TicketlockError(
    "HANDLE_INVALID",
    "Cannot open the store's handle: its data is malformed. Pass the `handle` property of a store, unchanged.",
  );
}

/** The error of a file that holds another store than was asked for. */
export function otherCapacity(path: string, asked: number, found: number): RangeError {
  return new RangeError(
    `Cannot use capacity ${asked}: the store in ${path} has ${found}. Pass its capacity, or another path.`,
  );
}
