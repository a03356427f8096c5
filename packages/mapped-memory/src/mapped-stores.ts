import {
  checkHandle,
  type Handle,
  type StoreGuarantees,
  type StoreOptions,
  type StoreProvider,
  TicketlockError,
} from "@ticketlock/core";
import { checkStoreOptions, InventoryState } from "@ticketlock/shared-memory/building-blocks";
import { isAbsolute, resolve } from "node:path";
import type { MappedFile } from "./mapped-file.ts";
import { MODULE } from "./mapped-mutex.ts";
import { MappedTicketStore, mappedStoreGuarantees } from "./mapped-ticket-store.ts";
import { checkStoreSupport, openStoreFile, STATE_AT } from "./mapped-ticket-store-file.ts";
import {
  claimTemporary,
  keepTemporary,
  removeTemporary,
  temporaryStorePath,
} from "./temporary-store-files.ts";

const KIND = "mapped";
const VERSION = 1;
const kinds: ReadonlyMap<string, StoreGuarantees> = new Map([[KIND, mappedStoreGuarantees]]);

/** What a handle of kind `mapped` carries: the rest stands in the file. */
interface StoreData {
  /** Absolute. */
  readonly path: string;
  /** The file goes when the store's creator closes it. */
  readonly temporary: boolean;
}

/** A provider whose calls return at once. */
export interface MappedStores extends StoreProvider {
  create(kind: string, options: StoreOptions): Handle;
  open(handle: Handle): MappedTicketStore;
}

/**
 * Makes and opens stores of kind `mapped`. With a `path`, which must lie on a tmpfs, a store that is
 * there is used as it is (its capacity must be the one asked for); several processes may make the
 * same store at once. Without one, the file lies in the state directory, and the first instance
 * opened in the creating thread removes it when it is closed, or that thread when it ends.
 */
export const mappedStores: MappedStores = {
  module: MODULE,
  kinds,
  create(kind: string, options: StoreOptions): Handle {
    if (kind !== KIND)
      throw new TicketlockError(
        "STORE_UNSUPPORTED",
        `Cannot make a store of kind ${kind}: ${MODULE} offers ${KIND}.`,
      );
    const size = checkStoreOptions(options);
    checkStoreSupport();
    const temporary = options.path === undefined;
    const path = temporary ? temporaryStorePath() : checkPath(options.path);
    const file = openStoreFile(path, size);
    if (temporary) keepTemporary(file);
    else {
      const { capacity } = new InventoryState(file.words, STATE_AT).read();
      file.close();
      if (capacity !== size.capacity) throw otherCapacity(path, size.capacity, capacity);
    }
    const data: StoreData = { path, temporary };
    return { module: MODULE, kind, version: VERSION, data };
  },
  open(handle: Handle): MappedTicketStore {
    const checked = checkHandle(handle, { module: MODULE, kinds: kinds.keys(), version: VERSION });
    const data = parseData(checked.data);
    const own = data.temporary ? claimTemporary(data.path) : undefined;
    const file = own ?? openStoreFile(data.path);
    const letGo = own === undefined ? close : removeTemporary;
    try {
      return new MappedTicketStore({ ...checked, data }, file, letGo);
    } catch (error) {
      letGo(file);
      throw error;
    }
  },
};

function close(file: MappedFile): void {
  file.close();
}

function checkPath(path: string | undefined): string {
  if (typeof path !== "string" || path === "" || path.includes("\0"))
    throw new TypeError(`Cannot use path ${JSON.stringify(path)}: it must be the path of a file.`);
  return resolve(path);
}

function parseData(data: unknown): StoreData {
  if (typeof data === "object" && data !== null) {
    const { path, temporary } = data as Record<string, unknown>;
    if (
      typeof path === "string" &&
      isAbsolute(path) &&
      !path.includes("\0") &&
      typeof temporary === "boolean"
    )
      return { path, temporary };
  }
  throw new TicketlockError(
    "HANDLE_INVALID",
    "Cannot open the store's handle: its data is malformed. Pass the `handle` property of a store, unchanged.",
  );
}

function otherCapacity(path: string, asked: number, found: number): RangeError {
  return new RangeError(
    `Cannot use capacity ${asked}: the store in ${path} has ${found}. Pass its capacity, or another path.`,
  );
}
