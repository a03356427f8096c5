import { TicketlockError } from "@ticketlock/core";

/** What an operating system's error says about a path, and what helps. */
const causes: Readonly<Record<string, string>> = {
  ENOENT:
    "it does not exist, or its directory does not. Make the directory first, or pass another path",
  ENOTDIR: "a part of its path is not a directory. Pass another path",
  EISDIR: "it is a directory. Pass the path of a file",
  ELOOP: "its symbolic links lead in a circle. Pass another path",
  ENAMETOOLONG: "its name is too long. Pass a shorter path",
  EACCES: "this user may not read and write it. Change its owner or mode, or pass another path",
  EPERM: "this user may not read and write it. Change its owner or mode, or pass another path",
  EROFS: "its file system is read-only. Pass another path",
  ENOSPC: "its file system is full. Free some space, or pass another path",
  EDQUOT: "the user's quota is used up. Free some space, or pass another path",
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
