import { TicketlockError } from "@ticketlock/core";

/** What SQLite and Deno say in words, and nowhere else, about a file that cannot be used. */
const causes: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/disk is full|No space left/i, "its file system is full. Free some space, or pass another path"],
  [/readonly database|Read-only file system/i, "it is read-only. Pass another path"],
  [
    /Permission denied|Operation not permitted/i,
    "this user may not read and write there. Change the owner or mode, or pass another path",
  ],
  [
    /unable to open database file|No such file/i,
    "it does not exist, or its directory does not. Make the directory first, or pass another path",
  ],
  [
    /disk I\/O error/i,
    "the disk reports an error, or its files were removed. Look into the system's log, then pass another path",
  ],
];

/** True if others have locked the database: trying again may help. */
export function isBusy(error: unknown): boolean {
  return /database (?:table )?is locked|database is busy/i.test(textOf(error));
}

/** Turns what Deno threw into `STORE_CORRUPT` or `STORE_UNAVAILABLE`; an error of ticketlock's own comes back unchanged. */
export function kvError(doing: "open" | "read" | "write", path: string, error: unknown): Error {
  if (error instanceof TicketlockError) return error;
  const text = textOf(error);
  if (/not a database/i.test(text)) return corruptKv(path, "it is no SQLite database", error);
  if (/malformed|corrupt/i.test(text)) return corruptKv(path, "it is damaged", error);
  const known = causes.find(([pattern]) => pattern.test(text))?.[1];
  return new TicketlockError(
    "STORE_UNAVAILABLE",
    `Cannot ${doing} the store file ${path}: ${known ?? `${text}. Try again, or pass another path`}.`,
    { cause: error },
  );
}

/** The error of a file that holds no ticket store. It is left as it is. */
export function corruptKv(path: string, why: string, cause?: unknown): TicketlockError {
  return new TicketlockError(
    "STORE_CORRUPT",
    `Cannot use the store file ${path}: ${why}. It was left as it is. Put a backup in its place while nobody uses the store, or pass another path.`,
    { cause },
  );
}

/** The error of a file that may not be a store's. */
export function unusableFile(path: string, why: string): TicketlockError {
  return new TicketlockError("STORE_UNAVAILABLE", `Cannot open the store file ${path}: ${why}.`);
}

/** The error of a database that others kept busy for all of the time that there was. */
export function stayedBusy(path: string, limitMs: number): TicketlockError {
  return new TicketlockError(
    "STORE_UNAVAILABLE",
    `Cannot change the store file ${path}: others have kept it busy for ${limitMs} ms. Ask again with the same order id; look for a process that was stopped in the middle of a change.`,
  );
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
