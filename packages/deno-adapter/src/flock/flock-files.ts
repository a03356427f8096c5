import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import type { Deno, FileInfo, FsFile } from "../deno-types.ts";
import { removeQuietly } from "../temporary-directories.ts";
import { corruptLock, lockFileError, lostError, nameOf } from "./flock-errors.ts";
import { newRecord } from "./hold-record.ts";
import { checkPrivateFile, openPrivateDirectory } from "./private-directory.ts";

/**
 * The files of one lock, in a directory of their own: `lock`, which is locked and says who holds it;
 * `bell`, whose time stamp wakes who watches it; and one file for each opening.
 *
 * None of them is removed while the directory stands: two processes that lock different files of one
 * name exclude nobody.
 */
export class FlockFiles {
  readonly directory: string;
  readonly lock: string;
  readonly bell: string;
  readonly #deno: Deno;

  private constructor(deno: Deno, directory: string) {
    this.#deno = deno;
    this.directory = directory;
    this.lock = join(directory, "lock");
    this.bell = join(directory, "bell");
  }

  /**
   * Makes what is missing of the files.
   * @throws {TicketlockError} `STATE_DIRECTORY_INVALID`, `LOCK_UNAVAILABLE`, `LOCK_UNSUPPORTED`.
   */
  static make(deno: Deno, path: string): FlockFiles {
    const files = new FlockFiles(deno, openPrivateDirectory(deno, path));
    files.#makeFile(files.bell, new Uint8Array());
    files.#makeFile(files.lock, newRecord());
    return files;
  }

  /** @throws {TicketlockError} `LOCK_LOST` if the lock is gone; else as `make`. */
  static open(deno: Deno, path: string): FlockFiles {
    const files = new FlockFiles(deno, path);
    if (identityOf(deno, files.lock) === undefined) throw lostError(path);
    openPrivateDirectory(deno, path);
    return files;
  }

  /**
   * Opens a file for reading and writing; each call an open file of its own, that is locked by itself.
   * @throws {TicketlockError} `LOCK_CORRUPT` for a link, somebody else's file or one that is open to
   * others; `LOCK_LOST`, `LOCK_UNAVAILABLE`.
   */
  openFile(path: string): FsFile {
    try {
      const flaw = checkPrivateFile(this.#deno, this.#deno.lstatSync(path));
      if (flaw !== undefined) throw corruptLock(path, flaw);
      return this.#deno.openSync(path, { read: true, write: true });
    } catch (error) {
      throw nameOf(error) === "NotFound"
        ? lostError(this.directory)
        : lockFileError("open", path, error);
    }
  }

  /** @throws {TicketlockError} `LOCK_LOST` unless the file that is open is the one that stands in the lock's place. */
  checkInPlace(identity: string): void {
    if (identityOf(this.#deno, this.lock) !== identity) throw lostError(this.directory);
  }

  /** Written elsewhere, then linked: nobody sees half a file, and none is replaced. */
  #makeFile(path: string, content: Uint8Array): void {
    if (identityOf(this.#deno, path) !== undefined) return;
    const draft = `${path}.${randomUUID()}`;
    try {
      const file = this.#deno.openSync(draft, { write: true, createNew: true, mode: 0o600 });
      try {
        if (content.length > 0 && file.writeSync(content) < content.length)
          throw new Error("nothing more could be written");
        file.syncSync();
      } finally {
        file.close();
      }
      this.#deno.linkSync(draft, path);
    } catch (error) {
      if (nameOf(error) !== "AlreadyExists") throw lockFileError("make", path, error);
    } finally {
      removeQuietly(this.#deno, draft);
    }
  }
}

/** The same text for the same file. */
export function identityText({ dev, ino }: FileInfo): string {
  return `${dev}:${String(ino)}`;
}

/** Removes a lock's directory, out of the way in one step: who opens it now finds it gone, or notices when it takes the lock. */
export function removeFiles(deno: Deno, directory: string): void {
  const grave = join(dirname(directory), `.ticketlock-grave-${randomUUID()}`);
  try {
    deno.renameSync(directory, grave);
    removeQuietly(deno, grave);
  } catch {
    // Where Deno may change nothing beside it, it goes file by file.
    removeQuietly(deno, directory);
  }
}

function identityOf(deno: Deno, path: string): string | undefined {
  try {
    return identityText(deno.lstatSync(path));
  } catch (error) {
    if (nameOf(error) === "NotFound") return undefined;
    throw lockFileError("look at", path, error);
  }
}
