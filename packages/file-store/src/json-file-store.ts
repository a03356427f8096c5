import { ftruncateSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import {
  checkInteger,
  type Commit,
  type Handle,
  type Inventory,
  type StoreGuarantees,
  TicketlockError,
  type TicketStore,
  type WriteResult,
} from "@ticketlock/core";
import { formatCount, readCount, withCountFile } from "./count-file.ts";

/** The kind's name in commands and handles. */
export const JSON_KIND = "json";

/** No promise at all: this is the file that shows the race. */
export const jsonFileGuarantees: StoreGuarantees = {
  scope: "runtimes",
  atomic: false,
  versioned: false,
  fenced: false,
  idempotent: false,
  journal: false,
  durability: "none",
};

/** What a handle of kind `json` carries. */
export interface JsonFileData {
  /** Absolute. */
  readonly path: string;
  readonly capacity: number;
  /** The file stands in a private directory that goes when the store's creator closes it. */
  readonly temporary: boolean;
}

/**
 * A count in a file, `{"count":1}`, read and rewritten in place: the naive store that sells one
 * ticket to everybody unless a lock stands around it. It ignores tokens, versions and orders. A
 * write truncates and then writes, so a reader without the lock may see half of it
 * (`STORE_CORRUPT`), and of two writers the later wins.
 *
 * **Crash behaviour**: none. A writer killed between its two steps leaves an empty file, which is
 * refused from then on and never reset.
 */
export class JsonFileStore implements TicketStore {
  readonly handle: Handle;
  readonly guarantees: StoreGuarantees = jsonFileGuarantees;
  readonly #data: JsonFileData;
  readonly #removes: boolean;
  #closed = false;

  /**
   * Looks at the file and changes nothing. `removes`: this instance takes the temporary directory with it.
   * @throws {TicketlockError} `STORE_CORRUPT`, `STORE_UNAVAILABLE`.
   */
  constructor(handle: Handle, data: JsonFileData, removes: boolean) {
    this.handle = handle;
    this.#data = data;
    this.#removes = removes;
    this.#readAs("open");
  }

  read(): Inventory {
    this.#checkOpen();
    return this.#readAs("read");
  }

  write(next: Inventory, _commit?: Commit): WriteResult {
    this.#checkOpen();
    const { path, capacity } = this.#data;
    const remaining = checkInteger("remaining", next.remaining, 0, capacity);
    withCountFile("write", path, (descriptor) => {
      ftruncateSync(descriptor, 0);
      writeSync(descriptor, formatCount(remaining), 0);
    });
    return "written";
  }

  /** Always 0: tokens are not kept. */
  fence(): number {
    this.#checkOpen();
    return 0;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#removes) rmSync(dirname(this.#data.path), { recursive: true, force: true });
  }

  #readAs(doing: "open" | "read"): Inventory {
    const { path, capacity } = this.#data;
    const remaining = withCountFile(doing, path, (descriptor) =>
      readCount(descriptor, path, capacity),
    );
    return { capacity, remaining, version: 0 };
  }

  #checkOpen(): void {
    if (this.#closed)
      throw new TicketlockError(
        "STORE_CLOSED",
        `Cannot use the store ${this.#data.path}: it was closed here. Open its handle again.`,
      );
  }
}
