import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type MaybePromise, TicketlockError } from "@ticketlock/core";
import { BUSY, whenFree } from "./busy.ts";
import { createOwnFile, identifyOwnDatabase, identifyOwnFile } from "./own-file.ts";
import { databaseError, isBusy, openDatabase } from "./sqlite-module.ts";

/** Lets one at a time into a short section that does not yield. */
export interface Latch {
  /** False if somebody else is inside. Never waits. */
  tryEnter(): boolean;
  leave(): void;
  close(): void;
}

/**
 * Performs `section` inside the latch: at once where it is free, else as soon as it is. The section
 * must not yield.
 * @throws {TicketlockError} `STORE_UNAVAILABLE` after `limitMs`.
 */
export function withLatch<T>(
  latch: Latch,
  path: string,
  limitMs: number,
  section: () => T,
): MaybePromise<T> {
  return whenFree(path, limitMs, () => {
    if (!latch.tryEnter()) return BUSY;
    try {
      return section();
    } finally {
      latch.leave();
    }
  });
}

/**
 * A latch between processes and threads on a file: an SQLite database that stays empty, whose
 * reserved lock is the latch. No runtime offers a file lock of its own.
 *
 * **Crash behaviour**: the kernel frees the lock when its holder ends, in whatever way. There is no
 * such thing as a stale lock, and no time limit on holding.
 *
 * The file must stay where it is for as long as the store: two processes that lock different files
 * under one name exclude nobody. A file that was removed or replaced is noticed before each entry.
 */
export class FileLatch implements Latch {
  readonly #path: string;
  readonly #identity: bigint;
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;

  /** Makes the latch's file where there is none. @throws {TicketlockError} `STORE_UNAVAILABLE` */
  static create(path: string): void {
    // An empty file is an empty database.
    createOwnFile(path, () => {});
  }

  /** @throws {TicketlockError} `STORE_UNAVAILABLE` if the file is missing or not ours alone; `STORE_UNSUPPORTED` without node:sqlite. */
  constructor(path: string) {
    this.#path = path;
    this.#identity = identifyOwnDatabase(path);
    try {
      this.#database = openDatabase(path);
      this.#begin = this.#database.prepare("BEGIN IMMEDIATE");
      this.#end = this.#database.prepare("ROLLBACK");
    } catch (error) {
      throw databaseError("open", path, error);
    }
  }

  tryEnter(): boolean {
    try {
      this.#begin.run();
    } catch (error) {
      if (isBusy(error)) return false;
      throw databaseError("open", this.#path, error);
    }
    try {
      if (identifyOwnFile(this.#path) === this.#identity) return true;
    } catch (error) {
      this.leave();
      throw error;
    }
    this.leave();
    throw new TicketlockError(
      "STORE_UNAVAILABLE",
      `Cannot lock the store: its lock file ${this.#path} was replaced. Close the store in every process and open it again; leave the lock file alone.`,
    );
  }

  leave(): void {
    this.#end.run();
  }

  close(): void {
    this.#database.close();
  }
}
