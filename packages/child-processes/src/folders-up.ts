import { dirname, resolve } from "node:path";

/** `from` and every folder above it, nearest first. */
export function foldersUp(from: string): string[] {
  const folders: string[] = [];
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    folders.push(folder);
    if (folder === dirname(folder)) return folders;
  }
}
