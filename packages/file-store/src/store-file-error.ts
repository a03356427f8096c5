import { TicketlockError } from "@ticketlock/core";
import type { FileFacts } from "./file-system.ts";

/** What an operating system's error says about a path, and what helps. */
const causes: Readonly<Record<string, string>> = {
  ENOENT:
    "it does not exist, or its directory does not. Make the directory first, or pass another path",
  ENOTDIR: "a part of its path is not a directory. Pass another path",
  EISDIR: "it is a directory. Pass the path of a file",
  ELOOP: "it is a symbolic link, or its links lead in a circle. Pass the path of the file itself",
  ENAMETOOLONG: "its name is too long. Pass a shorter path",
  EACCES: "this user may not read and write it. Change its owner or mode, or pass another path",
  EPERM: "this user may not read and write it. Change its owner or mode, or pass another path",
  EROFS: "its file system is read-only. Pass another path",
  ENOSPC: "its file system is full. Free some space, or pass another path",
  EDQUOT: "the user's quota is used up. Free some space, or pass another path",
  EFBIG: "it may not grow any more. Raise the limit on the size of files, or pass another path",
  EIO: "the disk reports an error. Look into the system's log, and try again or pass another path",
};

/** Turns what a call of node:fs threw into `STORE_UNAVAILABLE`; an error of ticketlock's own comes back unchanged. */
export function storeFileError(
  doing: "open" | "read" | "write",
  path: string,
  error: unknown,
): TicketlockError {
  if (error instanceof TicketlockError) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code ?? "";
  const why =
    causes[code] ?? `${error instanceof Error ? error.message : String(error)}. Pass another path`;
  return new TicketlockError(
    "STORE_UNAVAILABLE",
    `Cannot ${doing} the store file ${path}: ${why}.`,
    { cause: error },
  );
}

/** The error of a file whose content is not a store's. The file is left as it is. */
export function corruptStoreFile(path: string, why: string): TicketlockError {
  return new TicketlockError(
    "STORE_CORRUPT",
    `Cannot use the store file ${path}: ${why}. It was left as it is; mend it to {"count":<tickets left>}, or pass another path.`,
  );
}

/**
 * Refuses what a durable store may not stand on: no regular file, somebody else's, or one that
 * others may write to.
 * @throws {TicketlockError} `STORE_UNAVAILABLE`
 */
export function checkOwnFile(path: string, { isFile, owner, mode }: FileFacts): void {
  const refuse = (why: string): never => {
    throw new TicketlockError("STORE_UNAVAILABLE", `Cannot open the store file ${path}: ${why}.`);
  };
  if (!isFile) refuse("it is not a regular file. Pass the path of a file");
  if (owner !== undefined && owner !== process.geteuid?.())
    refuse("it belongs to another user. Change its owner, or pass another path");
  if (mode !== undefined && (mode & 0o022) !== 0)
    refuse(`others may write to it (mode ${mode.toString(8)}). Change its mode to 600`);
}
