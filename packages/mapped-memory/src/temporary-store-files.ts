import { join } from "node:path";
import { randomUUID } from "node:crypto";
import type { MappedFile } from "./mapped-file.ts";
import { openStateDirectory } from "./state/index.ts";
import { removeUnusedFiles } from "./unused-files.ts";

const NAME = /^temporary-[0-9a-f-]{36}\.store$/;

/** Files that this thread has made, until the store that answers for one is closed. */
const own = new Map<string, { readonly file: MappedFile; claimed: boolean }>();
let listens = false;

/** A path in the state directory that nobody else uses. What dead processes have left there is removed. */
export function temporaryStorePath(): string {
  const directory = openStateDirectory();
  removeUnusedFiles(directory, NAME);
  return join(directory, `temporary-${randomUUID()}.store`);
}

/** Keeps a file that was made at such a path until somebody claims it; it goes with this thread at the latest. */
export function keepTemporary(file: MappedFile): void {
  own.set(file.path, { file, claimed: false });
  if (!listens) process.on("exit", removeOwn);
  listens = true;
}

/** The file at this path, once, and in the thread that made it: the caller gives it to `removeTemporary`. */
export function claimTemporary(path: string): MappedFile | undefined {
  const entry = own.get(path);
  if (entry === undefined || entry.claimed) return undefined;
  entry.claimed = true;
  return entry.file;
}

/** Removes a file that was claimed, though others may have it open: they can only leave. */
export function removeTemporary(file: MappedFile): void {
  own.delete(file.path);
  remove(file);
  file.close();
}

function removeOwn(): void {
  for (const { file } of own.values()) remove(file);
}

function remove(file: MappedFile): void {
  if (!file.isReplaced()) file.platform.unlink(file.path);
}
