import { closeSync, constants, linkSync, lstatSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { randomUUID } from "node:crypto";
import { nodeFileSystem } from "./file-system.ts";
import { checkOwnFile, storeFileError } from "./store-file-error.ts";

/**
 * Looks at a file of SQLite without opening it: any close of a descriptor on it, by whomever in this
 * process, would drop the locks that SQLite holds on it. The number is the same for the same file.
 * @throws {TicketlockError} `STORE_UNAVAILABLE` if it is missing, a link, somebody else's or open to others.
 */
export function identifyOwnFile(path: string): bigint {
  let stat;
  try {
    stat = lstatSync(path, { bigint: true });
  } catch (error) {
    throw storeFileError("open", path, error);
  }
  const unix = process.platform !== "win32";
  checkOwnFile(path, {
    size: Number(stat.size),
    isFile: stat.isFile(),
    mode: unix ? Number(stat.mode) & 0o777 : undefined,
    owner: unix ? Number(stat.uid) : undefined,
  });
  return stat.ino;
}

/** What SQLite opens beside a database, following links. */
const besideDatabase = ["-wal", "-shm", "-journal"] as const;

/**
 * `identifyOwnFile` for a database and whatever stands beside it under a name that SQLite would open.
 * @throws {TicketlockError} `STORE_UNAVAILABLE`
 */
export function identifyOwnDatabase(path: string): bigint {
  const identity = identifyOwnFile(path);
  for (const end of besideDatabase) {
    try {
      if (somethingAt(path + end)) identifyOwnFile(path + end);
    } catch (error) {
      // The last one to close the database takes them away.
      if (somethingAt(path + end)) throw error;
    }
  }
  return identity;
}

/** True if there is something under this name, whatever it is. */
export function somethingAt(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * Makes a file for this user alone: `fill` gets it empty and under another name, and it takes its own
 * only when it is whole. False if something stands there already, which is left alone.
 * @throws {TicketlockError} `STORE_UNAVAILABLE`; nothing is left behind.
 */
export function createOwnFile(path: string, fill: (path: string) => void): boolean {
  const draft = `${path}.${randomUUID()}`;
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW = 0 } = constants;
  try {
    closeSync(openSync(draft, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600));
    fill(draft);
    linkSync(draft, path);
    if (process.platform !== "win32") nodeFileSystem.fsyncDirectory(dirname(path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw storeFileError("open", path, error);
  } finally {
    // With what SQLite leaves beside a database that it could not finish.
    for (const end of ["", ...besideDatabase]) rmSync(draft + end, { force: true });
  }
}
