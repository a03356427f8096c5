import { closeSync, constants, openSync, unlinkSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  checkCapacity,
  checkHandle,
  type Handle,
  type StoreGuarantees,
  type StoreOptions,
  type StoreProvider,
} from "@ticketlock/core";
import { formatCount, readCount, withCountFile } from "./count-file.ts";
import {
  JSON_KIND,
  JsonFileStore,
  jsonFileGuarantees,
  type JsonFileData,
} from "./json-file-store.ts";
import { storeFileError } from "./store-file-error.ts";
import { checkKind, checkPath, malformedHandle, MODULE, parseStorePath } from "./store-path.ts";
import {
  claimTemporaryDirectory,
  disclaimTemporaryDirectory,
  makeTemporaryDirectory,
} from "./temporary-directories.ts";

const VERSION = 1;
const kinds: ReadonlyMap<string, StoreGuarantees> = new Map([[JSON_KIND, jsonFileGuarantees]]);

/** A provider whose calls return at once. */
export interface JsonFileStores extends StoreProvider {
  create(kind: string, options: StoreOptions): Handle;
  open(handle: Handle): JsonFileStore;
}

/**
 * Makes and opens stores of kind `json`. With a `path`, a file that exists is used as it is: its
 * count is what remains of `capacity`. Without one, the store lives in a private temporary
 * directory, which the first instance opened in the creating process removes when it is closed.
 */
export const jsonFileStores: JsonFileStores = {
  module: MODULE,
  kinds,
  create(kind: string, options: StoreOptions): Handle {
    checkKind(kind, kinds);
    const capacity = checkCapacity(options.capacity);
    const temporary = options.path === undefined;
    const path = temporary
      ? join(makeTemporaryDirectory(), "tickets.json")
      : checkPath(options.path);
    createOrCheck(path, capacity);
    const data: JsonFileData = { path, capacity, temporary };
    return { module: MODULE, kind, version: VERSION, data };
  },
  open(handle: Handle): JsonFileStore {
    const checked = checkHandle(handle, { module: MODULE, kinds: kinds.keys(), version: VERSION });
    const data = parseData(checked.data);
    const removes = data.temporary && claimTemporaryDirectory(dirname(data.path));
    try {
      return new JsonFileStore({ ...checked, data }, data, removes);
    } catch (error) {
      if (removes) disclaimTemporaryDirectory(dirname(data.path));
      throw error;
    }
  },
};

/** An existing file must hold a count; a missing one is made, for this user alone. */
function createOrCheck(path: string, capacity: number): void {
  if (createFile(path, capacity)) return;
  withCountFile("open", path, (descriptor) => readCount(descriptor, path, capacity));
}

/** False if something stands there already, which is then left alone. */
function createFile(path: string, capacity: number): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
    writeSync(descriptor, formatCount(capacity));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    if (descriptor !== undefined) unlinkSync(path); // made just now, and never whole
    throw storeFileError("open", path, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function parseData(data: unknown): JsonFileData {
  const { path, temporary } = parseStorePath(data);
  const { capacity } = data as { capacity?: unknown };
  try {
    return { path, capacity: checkCapacity(capacity), temporary };
  } catch {
    throw malformedHandle();
  }
}
