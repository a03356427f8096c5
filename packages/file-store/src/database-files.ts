import { lstatSync } from "node:fs";
import { TicketlockError } from "@ticketlock/core";
import { storeFileError } from "./store-file-error.ts";

/**
 * The files of a database in WAL mode that is open here, by which it is noticed that one of them was
 * removed or replaced. Whoever opens the path after that has other locks (they lie in `-shm`) and other
 * sales (the latest lie in `-wal`), so two processes would sell the same ticket.
 *
 * They are compared by inode and never opened: any close of a descriptor on them would drop the locks
 * that SQLite holds in this process.
 */
export class DatabaseFiles {
  readonly #path: string;
  readonly #identities: ReadonlyMap<string, bigint>;

  /**
   * To be made once the database was read, since that is when SQLite opens what stands beside it.
   * @param identity the database's own, from before it was opened: then one that was replaced in
   * between is refused, where otherwise the new one would be taken for the one that is open.
   * @throws {TicketlockError} `STORE_UNAVAILABLE`
   */
  constructor(path: string, identity: bigint) {
    this.#path = path;
    const beside = [`${path}-wal`, `${path}-shm`];
    this.#identities = new Map([
      [path, identity],
      ...beside.map((file): [string, bigint] => [file, this.#identify(file)]),
    ]);
  }

  /** @throws {TicketlockError} `STORE_UNAVAILABLE` if one of them is no longer what it was. */
  check(): void {
    for (const [file, identity] of this.#identities)
      if (this.#identify(file) !== identity) throw this.#replaced(file);
  }

  #identify(file: string): bigint {
    let stat;
    try {
      stat = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      throw storeFileError("write", file, error);
    }
    if (stat === undefined) throw this.#replaced(file);
    return stat.ino;
  }

  #replaced(file: string): TicketlockError {
    return new TicketlockError(
      "STORE_UNAVAILABLE",
      `Cannot write the store file ${this.#path}: ${file} was removed or replaced while the store was open. Close the store in every process and open it again; leave its files alone in between.`,
    );
  }
}
