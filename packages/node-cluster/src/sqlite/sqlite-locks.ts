import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import {
  checkHandle, checkInteger, type Handle, type LockGuarantees, type LockOptions, type LockProvider, TicketlockError,
} from "@ticketlock/core"; // prettier-ignore
import { defaultStateDirectory, openStateDirectory } from "@ticketlock/mapped-memory/state";
import { MAX_TOKENS_ABOVE, MAX_WAITERS } from "../broker-limits.ts";
import { MODULE } from "../module.ts";
import { LockFiles, unnamedPath } from "./lock-files.ts";
import { sqliteSupport } from "./node-sqlite.ts";
import { Opening } from "./openings.ts";
import { sqliteGuarantees, SqliteMutex } from "./sqlite-mutex.ts";

export const SQLITE_KIND = "sqlite";
const VERSION = 1;
const kinds: ReadonlyMap<string, LockGuarantees> = new Map([[SQLITE_KIND, sqliteGuarantees]]);

/** What a handle of kind `sqlite` carries. */
interface SqliteData {
  /** Directory of the lock's files; absolute. */
  readonly path: string;
  readonly tokensAbove: number;
  /** 0: the default. */
  readonly maxWaiters: number;
}

export interface SqliteOptions extends LockOptions {
  /** Where the lock's files are made. Default: the state directory, or, where there is none, a private temporary one. */
  readonly stateDirectory?: string;
}

/** A provider whose locks are all `SqliteMutex`. */
export interface SqliteLocks extends LockProvider {
  create(kind: string, options?: SqliteOptions): Handle;
  open(handle: Handle): Promise<SqliteMutex>;
}

/** Openings by which a maker keeps a lock until it opens it, by the lock's directory. */
const kept = new Map<string, Opening>();

/**
 * Makes and opens locks on database files. `maxContenders` bounds the waiting acquisitions. A lock
 * made here goes when no living process has it open.
 */
export const sqliteLocks: SqliteLocks = {
  module: MODULE,
  kinds,
  create(kind: string, options: SqliteOptions = {}): Handle {
    if (!kinds.has(kind)) {
      throw new TicketlockError(
        "LOCK_UNSUPPORTED",
        `Cannot make a lock of kind ${kind} in a database file: the kind is ${SQLITE_KIND}.`,
      );
    }
    const unsupported = sqliteSupport();
    if (unsupported !== undefined) throw unsupported;
    const tokensAbove = checkInteger("tokensAbove", options.tokensAbove ?? 0, 0, MAX_TOKENS_ABOVE);
    const { maxContenders } = options;
    const maxWaiters =
      maxContenders === undefined
        ? 0
        : checkInteger("maxContenders", maxContenders, 1, MAX_WAITERS);
    const { directory } = LockFiles.make(unnamedPath(placeFor(options.stateDirectory)));
    const opening = new Opening(directory, () => opening.close());
    kept.set(directory, opening);
    return makeHandle({ path: directory, tokensAbove, maxWaiters });
  },
  async open(handle: Handle): Promise<SqliteMutex> {
    const checked = checkHandle(handle, { module: MODULE, kinds: kinds.keys(), version: VERSION });
    const data = parseData(checked.data);
    const { path, tokensAbove, maxWaiters } = data;
    const mutex = await SqliteMutex.open(
      makeHandle(data),
      LockFiles.open(path),
      tokensAbove,
      maxWaiters,
    );
    kept.get(path)?.close();
    kept.delete(path);
    return mutex;
  },
};

/** The lock of a name, whose files have `path` as their directory. */
export async function openNamedSqlite(
  path: string,
  { tokensAbove = 0, maxContenders = 0 }: LockOptions = {},
): Promise<SqliteMutex> {
  const files = LockFiles.make(path);
  const data: SqliteData = { path: files.directory, tokensAbove, maxWaiters: maxContenders };
  return SqliteMutex.open(makeHandle(data), files, tokensAbove, maxContenders);
}

function makeHandle(data: SqliteData): Handle {
  return { module: MODULE, kind: SQLITE_KIND, version: VERSION, data };
}

/** A lock that only its handle leads to need not lie where others would look. */
function placeFor(stateDirectory: string | undefined): string {
  if (stateDirectory === undefined && defaultStateDirectory() === undefined)
    return mkdtempSync(join(tmpdir(), "ticketlock-"));
  return openStateDirectory(stateDirectory);
}

function parseData(data: unknown): SqliteData {
  if (typeof data === "object" && data !== null) {
    const { path, tokensAbove, maxWaiters } = data as Record<string, unknown>;
    if (
      typeof path === "string" &&
      isAbsolute(path) &&
      !path.includes("\0") &&
      isCount(tokensAbove, MAX_TOKENS_ABOVE) &&
      isCount(maxWaiters, MAX_WAITERS)
    )
      return { path, tokensAbove, maxWaiters };
  }
  throw new TicketlockError(
    "HANDLE_INVALID",
    "Cannot open the lock's handle: its data is malformed. Pass the `handle` property of a mutex, unchanged.",
  );
}

function isCount(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;
}
