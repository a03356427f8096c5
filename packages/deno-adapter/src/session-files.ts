import { dirname, isAbsolute } from "node:path";
import type { Handle, StartOptions } from "@ticketlock/core";

/** What a contender of a session is told of its files. */
export type SessionFiles = Pick<StartOptions, "opens" | "writes">;

/** The handles that a contender will open, and those of the locks that controls among them wrap. */
export function openedHandles({ opens = [] }: SessionFiles): Handle[] {
  return opens.flatMap(withInner);
}

/** The folders in which a contender writes: those of its locks' and its store's files, and what its session says. */
export function writtenFolders(files: SessionFiles): string[] {
  const folders = openedHandles(files).flatMap(({ data }) => foldersIn(data));
  return [...new Set([...folders, ...(files.writes ?? [])])];
}

function withInner(handle: Handle): Handle[] {
  return [handle, ...(isHandle(handle.data) ? withInner(handle.data) : [])];
}

function isHandle(data: unknown): data is Handle {
  return typeof data === "object" && data !== null && "module" in data && "kind" in data;
}

/** The folders of the files that a handle names: beside each file, others of its store come and go. */
function foldersIn(data: unknown): string[] {
  if (typeof data === "string") return isAbsolute(data) ? [dirname(data)] : [];
  if (typeof data !== "object" || data === null || isHandle(data)) return [];
  // Of words in shared memory there may be millions, and no path among them.
  if (ArrayBuffer.isView(data) || data instanceof SharedArrayBuffer) return [];
  return Object.values(data).flatMap(foldersIn);
}
