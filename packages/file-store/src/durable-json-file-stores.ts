import { dirname, join } from "node:path";
import {
  checkCapacity,
  checkHandle,
  checkInteger,
  type Handle,
  type MaybePromise,
  type StoreGuarantees,
  type StoreOptions,
  type StoreProvider,
  TicketlockError,
} from "@ticketlock/core";
import { BUSY_LIMIT_MS } from "./busy.ts";
import { DurableFile, namesBeside } from "./durable-file.ts";
import {
  DurableJsonFileStore,
  durableJsonFileGuarantees,
  JSON_DURABLE_KIND,
} from "./durable-json-file-store.ts";
import { FileLatch, withLatch, type Latch } from "./file-latch.ts";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";
import { identifyOwnFile, somethingAt } from "./own-file.ts";
import {
  checkKind,
  checkPath,
  MODULE,
  otherCapacity,
  parseStorePath,
  type StorePath,
} from "./store-path.ts";
import {
  corruptDurableFile,
  formatStore,
  MAX_DURABLE_SALES,
  MAX_STORE_BYTES,
  parseStore,
} from "./store-text.ts";
import {
  claimTemporaryDirectory,
  disclaimTemporaryDirectory,
  makeTemporaryDirectory,
} from "./temporary-directories.ts";

const VERSION = 1;
const kinds: ReadonlyMap<string, StoreGuarantees> = new Map([
  [JSON_DURABLE_KIND, durableJsonFileGuarantees],
]);

/** A provider of durable JSON files. */
export interface DurableJsonFileStores extends StoreProvider {
  /** A promise only where another process is making the same store. */
  create(kind: string, options: StoreOptions): MaybePromise<Handle>;
  open(handle: Handle): DurableJsonFileStore;
}

/**
 * Makes and opens stores of kind `json-durable`. With a `path`, a file that exists is used as it is
 * (its capacity must be the one asked for); several processes may make the same store at once.
 * Without one, the store lives in a private temporary directory, which the first instance opened in
 * the creating process removes when it is closed.
 */
export const durableJsonFileStores: DurableJsonFileStores = {
  module: MODULE,
  kinds,
  create(kind: string, options: StoreOptions): MaybePromise<Handle> {
    checkKind(kind, kinds);
    checkPlatform();
    const capacity = checkCapacity(options.capacity);
    const most = Math.min(capacity, MAX_DURABLE_SALES);
    const maxSales = checkInteger("maxSales", options.maxSales ?? most, 0, Number.MAX_SAFE_INTEGER);
    const room = Math.min(maxSales, MAX_DURABLE_SALES);
    const temporary = options.path === undefined;
    const path = temporary
      ? join(makeTemporaryDirectory(), "tickets.json")
      : checkPath(options.path);
    const data: StorePath = { path, temporary };
    const handle: Handle = { module: MODULE, kind, version: VERSION, data };
    const lock = lockFileOf(path);
    if (!somethingAt(lock)) FileLatch.create(lock);
    return enterOnce(new FileLatch(lock), path, () => {
      createDurableStore(path, nodeFileSystem, capacity, room);
      return handle;
    });
  },
  open(handle: Handle): DurableJsonFileStore {
    const checked = checkHandle(handle, { module: MODULE, kinds: kinds.keys(), version: VERSION });
    const data = parseStorePath(checked.data);
    checkPlatform();
    identifyOwnFile(data.path);
    const latch = new FileLatch(lockFileOf(data.path));
    const removes = data.temporary && claimTemporaryDirectory(dirname(data.path));
    const parts = { path: data.path, fileSystem: nodeFileSystem, latch, removes };
    try {
      return new DurableJsonFileStore({ ...checked, data }, parts);
    } catch (error) {
      latch.close();
      if (removes) disclaimTemporaryDirectory(dirname(data.path));
      throw error;
    }
  },
};

/**
 * Makes the store's file, or checks the one that is there. Called under the store's latch.
 * @throws {TicketlockError} `STORE_CORRUPT`, `STORE_UNAVAILABLE`; {RangeError} for another capacity.
 */
export function createDurableStore(
  path: string,
  fileSystem: FileSystem,
  capacity: number,
  room: number,
): void {
  const file = new DurableFile(path, fileSystem, MAX_STORE_BYTES);
  if (file.exists()) {
    const content = file.readUnless(undefined, (bytes) =>
      corruptDurableFile(path, `its ${bytes} bytes are more than a store can have`),
    )!;
    const { state } = parseStore(path, content);
    if (state.capacity !== capacity) throw otherCapacity(path, capacity, state.capacity);
    // Whoever made it may have died before its name was settled: what is told made must outlast a power cut.
    file.settle();
    return;
  }
  // Never a fresh store in the place of one that has sold tickets.
  if (file.exists(namesBeside(path).previous)) throw corruptDurableFile(path, "it is missing");
  file.create(formatStore({ capacity, room, remaining: capacity, version: 0, fence: 0 }, ""));
}

function lockFileOf(path: string): string {
  return `${path}.lock`;
}

/** Performs one section under the latch, and closes it. */
function enterOnce<T>(latch: Latch, path: string, section: () => T): MaybePromise<T> {
  let result: MaybePromise<T>;
  try {
    result = withLatch(latch, path, BUSY_LIMIT_MS, section);
  } catch (error) {
    latch.close();
    throw error;
  }
  if (result instanceof Promise) return result.finally(() => latch.close());
  latch.close();
  return result;
}

/** A directory cannot be settled on Windows, so nothing could be promised there. */
function checkPlatform(): void {
  if (process.platform !== "win32") return;
  throw new TicketlockError(
    "STORE_UNSUPPORTED",
    `Cannot use a store of kind ${JSON_DURABLE_KIND} on Windows: it offers no way to settle a renamed file. Use kind sqlite.`,
  );
}
