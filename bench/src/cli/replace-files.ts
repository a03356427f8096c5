import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";

/** What takes the place of what. */
export interface Replacement {
  /** Holds the new files, and for the time being the old ones; on the file system of `to`. */
  readonly from: string;
  readonly to: string;
  /** Of the new files. */
  readonly names: readonly string[];
  /** Old files that have no successor, as far as they are there. */
  readonly gone: readonly string[];
}

/** Some files have been replaced, and their predecessors could not be put back. */
export class HalfReplacedError extends Error {
  readonly names: readonly string[];

  constructor(names: readonly string[], options: { readonly cause: unknown }) {
    super(messageOf(options.cause), options);
    this.name = "HalfReplacedError";
    this.names = names;
  }
}

/**
 * Puts new files in the places of old ones, each in one step, so that nobody finds one of them missing; where that
 * fails, those that had been replaced are put back.
 *
 * @param rename - how a file is moved; for tests
 * @throws what the file system throws; then all is as it was. {@link HalfReplacedError} if that could not be had.
 */
export function replaceFiles(
  { from, to, names, gone }: Replacement,
  rename: (from: string, to: string) => void = renameSync,
): void {
  // Looked at before the first is replaced: a folder of that name is not.
  for (const name of names)
    if (statSync(join(to, name), { throwIfNoEntry: false })?.isDirectory())
      throw new Error(`${join(to, name)} is a folder`);
  const old = join(from, ".old");
  mkdirSync(old);
  const going = gone.filter((name) => !names.includes(name) && isFile(join(to, name)));
  const kept = new Set(
    [...names, ...going].filter((name) => keep(join(to, name), join(old, name))),
  );
  const done: string[] = [];
  try {
    for (const name of names) {
      rename(join(from, name), join(to, name));
      done.push(name);
    }
    for (const name of going) {
      unlinkSync(join(to, name));
      done.push(name);
    }
  } catch (error) {
    const stuck = done.filter((name) => {
      try {
        if (kept.has(name)) rename(join(old, name), join(to, name));
        else rmSync(join(to, name));
        return false;
      } catch {
        return true;
      }
    });
    throw stuck.length === 0 ? error : new HalfReplacedError(stuck, { cause: error });
  }
}

/** Gives a file that is to be replaced a second name; false if there is none. */
function keep(path: string, name: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
  try {
    linkSync(path, name);
  } catch {
    copyFileSync(path, name); // a file system without links, or another user's file
  }
  return true;
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
