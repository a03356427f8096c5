import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import type { Deno } from "../deno-types.ts";
import { isGranted } from "../deno-types.ts";
import { removeQuietly } from "../temporary-directories.ts";
import { corruptKv, isBusy, kvError, stayedBusy, unusableFile } from "./kv-errors.ts";
import { identityAt } from "./kv-files.ts";

/** What SQLite opens beside a database, following links. */
const besideDatabase = ["-wal", "-shm", "-journal"] as const;
/** Tables by which Deno KV's databases are known. In a database without them it would make them, whatever else is there. */
const kvTables = ["data_version", "kv", "migration_state"] as const;
/** A database up to this size is looked through for damage at each opening: some milliseconds. */
const MAX_BYTES_LOOKED_THROUGH = 4 * 2 ** 20;
const BUSY_MS = 5_000;

/**
 * Refuses what a store may not stand on, without opening it: no regular file, somebody else's, or
 * one that others may write to. The text is the file's identity.
 * @throws {TicketlockError} `STORE_UNAVAILABLE`
 */
export function identifyOwnDatabase(deno: Deno, path: string): string {
  let identity: string | undefined;
  try {
    identity = identityAt(deno, path);
    if (identity !== undefined) checkOwnFile(deno, path);
  } catch (error) {
    throw kvError("open", path, error);
  }
  if (identity === undefined)
    throw unusableFile(path, "it does not exist. Make the store first, or pass another path");
  for (const end of besideDatabase) {
    try {
      if (identityAt(deno, path + end) !== undefined) checkOwnFile(deno, path + end);
    } catch (error) {
      // The last one to close the database takes them away.
      if (identityAt(deno, path + end) !== undefined) throw error;
    }
  }
  return identity;
}

/**
 * Refuses a file that is no Deno KV database, or a damaged one, having changed nothing in it.
 * It is opened as a database only, for the reason that `KvFiles` gives.
 * @throws {TicketlockError} `STORE_CORRUPT`, `STORE_UNAVAILABLE`
 */
export async function checkKvDatabase(deno: Deno, path: string): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  let database: InstanceType<typeof DatabaseSync> | undefined;
  try {
    database = new DatabaseSync(path, { timeout: BUSY_MS });
    const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const found = new Set(names.map(({ name }) => name));
    if (!kvTables.every((table) => found.has(table)))
      throw corruptKv(path, "it is no database of Deno KV");
    if (deno.lstatSync(path).size > MAX_BYTES_LOOKED_THROUGH) return;
    const verdict = database.prepare("PRAGMA integrity_check(1)").get()?.["integrity_check"];
    if (verdict !== "ok") throw corruptKv(path, `it is damaged: ${String(verdict)}`);
  } catch (error) {
    throw isBusy(error) ? stayedBusy(path, BUSY_MS) : kvError("open", path, error);
  } finally {
    database?.close();
  }
}

/**
 * Makes a database for this user alone: `fill` gets an empty file under another name, and it takes
 * its own only when it is whole. False if something stands there already, which is left alone.
 * @throws {TicketlockError} `STORE_UNAVAILABLE`; nothing is left behind.
 */
export async function createOwnDatabase(
  deno: Deno,
  path: string,
  fill: (draft: string) => Promise<void>,
): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  try {
    deno.openSync(draft, { write: true, createNew: true, mode: 0o600 }).close();
    await fill(draft);
    deno.linkSync(draft, path);
    settleDirectory(deno, dirname(path));
    return true;
  } catch (error) {
    if ((error as { readonly name?: string }).name === "AlreadyExists") return false;
    throw kvError("open", path, error);
  } finally {
    for (const end of ["", ...besideDatabase]) removeQuietly(deno, draft + end);
  }
}

/** The new name survives a power cut. Windows cannot say so. */
function settleDirectory(deno: Deno, directory: string): void {
  if (deno.build.os === "windows") return;
  const file = deno.openSync(directory, { read: true });
  try {
    file.syncSync();
  } finally {
    file.close();
  }
}

function checkOwnFile(deno: Deno, path: string): void {
  const { isFile, uid, mode } = deno.lstatSync(path);
  if (!isFile) throw unusableFile(path, "it is not a regular file. Pass the path of a file");
  if (uid !== null && isGranted(deno, { name: "sys", kind: "uid" }) && uid !== deno.uid())
    throw unusableFile(path, "it belongs to another user. Change its owner, or pass another path");
  if (mode !== null && (mode & 0o022) !== 0)
    throw unusableFile(
      path,
      `others may write to it (mode ${(mode & 0o777).toString(8)}). Change its mode to 600`,
    );
}
