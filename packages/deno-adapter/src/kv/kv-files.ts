import { TicketlockError } from "@ticketlock/core";
import type { Deno } from "../deno-types.ts";
import { kvError } from "./kv-errors.ts";

/**
 * The files of a database that is open here, by which it is noticed that one of them was removed or
 * replaced: whoever opens the path after that sells the same tickets anew.
 *
 * They are looked at and never opened: any close of a descriptor on them would drop the locks that
 * SQLite holds in this process.
 */
export class KvFiles {
  readonly #deno: Deno;
  readonly #path: string;
  readonly #identities: ReadonlyMap<string, string>;

  /**
   * To be made once the database was read, since that is when SQLite opens what stands beside it.
   * @param identity the database's own, from before it was opened.
   * @throws {TicketlockError} `STORE_UNAVAILABLE`
   */
  constructor(deno: Deno, path: string, identity: string) {
    this.#deno = deno;
    this.#path = path;
    const beside = [`${path}-wal`, `${path}-shm`];
    this.#identities = new Map([
      [path, identity],
      ...beside.map((file): [string, string] => [file, this.#identify(file)]),
    ]);
  }

  /** @throws {TicketlockError} `STORE_UNAVAILABLE` if one of them is no longer what it was. */
  check(): void {
    for (const [file, identity] of this.#identities)
      if (this.#identify(file) !== identity) throw this.#replaced(file);
  }

  #identify(file: string): string {
    let found: string | undefined;
    try {
      found = identityAt(this.#deno, file);
    } catch (error) {
      throw kvError("write", file, error);
    }
    if (found === undefined) throw this.#replaced(file);
    return found;
  }

  #replaced(file: string): TicketlockError {
    return new TicketlockError(
      "STORE_UNAVAILABLE",
      `Cannot write the store file ${this.#path}: ${file} was removed or replaced while the store was open. Close the store in every process and open it again; leave its files alone in between.`,
    );
  }
}

/** The same text for the same file; `undefined` if there is nothing under this name. */
export function identityAt(deno: Deno, path: string): string | undefined {
  try {
    const { dev, ino } = deno.lstatSync(path);
    return `${dev}:${String(ino)}`;
  } catch (error) {
    if ((error as { readonly name?: string }).name === "NotFound") return undefined;
    throw error;
  }
}
