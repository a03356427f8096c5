import { dirname, join, resolve } from "node:path";
import {
  checkCapacity,
  checkHandle,
  type Handle,
  type StoreGuarantees,
  type StoreOptions,
  type StoreProvider,
  TicketlockError,
} from "@ticketlock/core";
import { otherCapacity, parseStorePath, type StorePath } from "@ticketlock/file-store/building-blocks"; // prettier-ignore
import type { Kv } from "../deno-types.ts";
import { MODULE } from "../module.ts";
import { claimTemporaryDirectory, makeTemporaryDirectory, temporaryRoot } from "../temporary-directories.ts"; // prettier-ignore
import { kvError } from "./kv-errors.ts";
import { identityAt, KvFiles } from "./kv-files.ts";
import { newState, readState, stateKey, stateRecord } from "./kv-records.ts";
import { type KvDeno, requireAccess, requireKv } from "./kv-support.ts";
import { KV_KIND, kvGuarantees, KvTicketStore } from "./kv-ticket-store.ts";
import { checkKvDatabase, createOwnDatabase, identifyOwnDatabase } from "./own-kv-file.ts";

const VERSION = 1;
const kinds: ReadonlyMap<string, StoreGuarantees> = new Map([[KV_KIND, kvGuarantees]]);

/** A provider whose stores are all `KvTicketStore`. */
export interface KvStores extends StoreProvider {
  create(kind: string, options: StoreOptions): Promise<Handle>;
  open(handle: Handle): Promise<KvTicketStore>;
}

/**
 * Makes and opens stores of kind `kv`. With a `path`, a database that exists is used as it is (its
 * capacity must be the one asked for); several processes may make the same store at once. Without
 * one, the store lives in a private temporary directory, which the first instance opened in the
 * creating thread removes when it is closed.
 *
 * A journal has no fixed room: `maxSales` is not looked at.
 */
export const kvStores: KvStores = {
  module: MODULE,
  kinds,
  async create(kind: string, options: StoreOptions): Promise<Handle> {
    checkKind(kind);
    const capacity = checkCapacity(options.capacity);
    const deno = requireKv();
    const temporary = options.path === undefined;
    const path = temporary ? temporaryPath(deno) : checkPath(options.path);
    requireAccess(deno, dirname(path));
    const data: StorePath = { path, temporary };
    const handle: Handle = { module: MODULE, kind, version: VERSION, data };
    if (!isTaken(deno, path) && (await createDatabase(deno, path, capacity))) return handle;
    const { kv } = await openDatabase(deno, path);
    try {
      const found = readState(path, (await kv.get(stateKey)).value).capacity;
      if (found !== capacity) throw otherCapacity(path, capacity, found);
      return handle;
    } finally {
      kv.close();
    }
  },
  async open(handle: Handle): Promise<KvTicketStore> {
    const checked = checkHandle(handle, { module: MODULE, kinds: kinds.keys(), version: VERSION });
    const data = parseStorePath(checked.data);
    const { path } = data;
    const deno = requireKv();
    requireAccess(deno, dirname(path));
    const { kv, identity } = await openDatabase(deno, path);
    try {
      readState(path, (await kv.get(stateKey)).value);
      const files = new KvFiles(deno, path, identity);
      files.check();
      const removes = data.temporary && claimTemporaryDirectory(dirname(path));
      return new KvTicketStore({ ...checked, data }, { deno, path, kv, files, removes });
    } catch (error) {
      kv.close();
      throw kvError("open", path, error);
    }
  },
};

/** False if another process was first. */
function createDatabase(deno: KvDeno, path: string, capacity: number): Promise<boolean> {
  return createOwnDatabase(deno, path, async (draft) => {
    const kv = await deno.openKv(draft);
    try {
      await kv
        .atomic()
        .set(stateKey, stateRecord(newState(capacity)))
        .commit();
    } finally {
      kv.close(); // the last one to close moves what was written into the one file
    }
  });
}

/** Deno KV makes its tables in whatever database it is given; so that is looked at before. */
async function openDatabase(
  deno: KvDeno,
  path: string,
): Promise<{ readonly kv: Kv; readonly identity: string }> {
  const identity = identifyOwnDatabase(deno, path);
  await checkKvDatabase(deno, path);
  try {
    return { kv: await deno.openKv(path), identity };
  } catch (error) {
    throw kvError("open", path, error);
  }
}

function isTaken(deno: KvDeno, path: string): boolean {
  try {
    return identityAt(deno, path) !== undefined;
  } catch (error) {
    throw kvError("open", path, error);
  }
}

function temporaryPath(deno: KvDeno): string {
  requireAccess(deno, temporaryRoot(deno));
  return join(makeTemporaryDirectory(deno, "ticketlock-"), "tickets.db");
}

/** Absolute, so that no name or address of Deno's own is meant by it. @throws {TypeError} */
function checkPath(path: unknown): string {
  if (typeof path !== "string" || path === "" || path.includes("\0"))
    throw new TypeError(`Cannot use path ${JSON.stringify(path)}: it must be the path of a file.`);
  return resolve(path);
}

function checkKind(kind: string): void {
  if (kinds.has(kind)) return;
  throw new TicketlockError(
    "STORE_UNSUPPORTED",
    `Cannot make a store of kind ${kind} in Deno KV: the kind is ${KV_KIND}.`,
  );
}
