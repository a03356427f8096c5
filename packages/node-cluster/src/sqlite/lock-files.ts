import { linkSync, lstatSync, readdirSync, renameSync, statSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { TicketlockError } from "@ticketlock/core";
import {
  openStateDirectory,
  statPrivateFile,
  writePrivateFile,
} from "@ticketlock/mapped-memory/state";
import { countOpenings } from "./openings.ts";
import { removeQuietly } from "./remove-quietly.ts";

/** Ends the names of directories of locks that only their handles lead to. */
const UNNAMED = ".sqlite-unnamed";
/** Whoever makes a lock opens it long before. */
const ABANDONED_MS = 60_000;

/**
 * The files of one lock, in a directory of their own: `lock.db`, an empty database that is only
 * ever locked; `hold.db` and what SQLite puts beside it; `wake`, whose time stamp wakes who watches
 * it; and one file for each opening.
 *
 * Nothing here opens a database file: closing any descriptor of one would drop all of this
 * process's locks on it. It is looked at from outside (`lstat`) only.
 */
export class LockFiles {
  readonly directory: string;
  readonly lock: string;
  readonly hold: string;
  readonly wake: string;
  readonly #inodes: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.lock = join(directory, "lock.db");
    this.hold = join(directory, "hold.db");
    this.wake = join(directory, "wake");
    for (const path of [this.lock, this.hold, this.wake]) statPrivateFile(path);
    this.#inodes = this.#readInodes();
  }

  /**
   * Makes what is missing of the files, and opens them.
   * @throws {TicketlockError} `LOCK_CORRUPT` for files that are links, somebody else's or open to others;
   * `LOCK_UNAVAILABLE`, `STATE_DIRECTORY_INVALID`.
   */
  static make(path: string): LockFiles {
    const directory = openStateDirectory(path);
    for (const name of ["lock.db", "hold.db", "wake"]) makeFile(join(directory, name));
    return new LockFiles(directory);
  }

  /** @throws {TicketlockError} `LOCK_LOST` if the lock is gone; else as `make`. */
  static open(path: string): LockFiles {
    if (lstatSync(join(path, "lock.db"), { throwIfNoEntry: false }) === undefined) throw lost(path);
    return new LockFiles(openStateDirectory(path));
  }

  /** @throws {TicketlockError} `LOCK_LOST` if other files have come to stand in their place: whoever opens those has another lock. */
  checkInPlace(): void {
    if (this.#readInodes() !== this.#inodes) throw lost(this.directory);
  }

  #readInodes(): string {
    return [this.lock, this.hold]
      .map((path) => lstatSync(path, { throwIfNoEntry: false })?.ino ?? "none")
      .join();
  }
}

/** A new place for a lock without a name. What dead processes left of theirs is removed first. */
export function unnamedPath(stateDirectory: string): string {
  for (const entry of readdirSync(stateDirectory)) {
    const path = join(stateDirectory, entry);
    if (entry.endsWith(UNNAMED) && isAged(path)) removeUnlessOpen(path);
  }
  return join(stateDirectory, `${randomUUID()}${UNNAMED}`);
}

/** Removes a lock without a name that no living process has open. */
export function removeUnlessOpen(path: string): void {
  if (!path.endsWith(UNNAMED)) return;
  try {
    if (countOpenings(path).openings > 0) return;
    // Out of the way in one step: who opens it at this moment finds it gone, or notices when it takes the lock.
    const grave = join(dirname(path), `${randomUUID()}${UNNAMED}`);
    renameSync(path, grave);
    removeQuietly(grave);
  } catch {
    // Another was quicker.
  }
}

function isAged(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MS;
}

/** Written and closed elsewhere, then linked: nobody can have it open while we close it. */
function makeFile(path: string): void {
  if (statPrivateFile(path) !== undefined) return;
  const temporary = `${path}.${randomUUID()}.tmp`;
  writePrivateFile(temporary, "");
  try {
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    removeQuietly(temporary);
  }
}

function lost(path: string): TicketlockError {
  return new TicketlockError(
    "LOCK_LOST",
    `Cannot use the lock in ${path}: its files are gone, or others stand in their place. Open it again, everywhere.`,
  );
}
