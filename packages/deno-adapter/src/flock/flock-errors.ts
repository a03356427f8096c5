import { TicketlockError } from "@ticketlock/core";

/** The error of a lock whose files are no longer those that were opened: whoever opens the others has another lock. */
export function lostError(directory: string): TicketlockError {
  return new TicketlockError(
    "LOCK_LOST",
    `Cannot use the lock in ${directory}: its files are gone, or others stand in their place. Open it again, everywhere.`,
  );
}

/** The error of a file that is no lock. It is left as it is. */
export function corruptLock(path: string, flaw: string): TicketlockError {
  return new TicketlockError(
    "LOCK_CORRUPT",
    `Cannot use ${path}: ${flaw}. It was left as it is; find out who made it, or use another name or path.`,
  );
}

/** Turns what Deno threw into `LOCK_UNAVAILABLE`; an error of ticketlock's own comes back unchanged. */
export function lockFileError(doing: string, path: string, error: unknown): Error {
  if (error instanceof TicketlockError) return error;
  const why = causes[nameOf(error)] ?? (error instanceof Error ? error.message : String(error));
  return new TicketlockError("LOCK_UNAVAILABLE", `Cannot ${doing} ${path}: ${why}.`, {
    cause: error,
  });
}

/** The name of Deno's error class, which says what went wrong. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

const causes: Readonly<Record<string, string>> = {
  PermissionDenied: "this user may not. Change its owner or mode, or use another directory",
  NotCapable: "Deno may not. Pass --allow-read and --allow-write for its directory",
  NotFound: "it, or its directory, does not exist. Make the directory first",
  StorageFull: "its file system is full. Free some space, or use another directory",
  QuotaExceeded: "the user's quota is used up. Free some space, or use another directory",
  ReadOnlyFilesystem: "its file system is read-only. Use another directory",
};
