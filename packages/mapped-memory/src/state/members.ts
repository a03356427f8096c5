import { join } from "node:path";
import { systemCalls } from "../platform/current-calls.ts";
import { identityOf, identityText, mayLive, parseIdentity, type ProcessIdentity } from "./host-identity.ts"; // prettier-ignore
import {
  errorCode,
  removeFile,
  statPrivateFile,
  unavailable,
  writePrivateFile,
} from "./private-files.ts";
import { openStateDirectory } from "./state-directory.ts";

/** A process that an earlier owner of a path may have let in. */
export interface Member {
  readonly processId: number;
  /** True once the process has certainly ended; its file is removed then. */
  isGone(): boolean;
}

/** How often this process, an owner, has entered a member, by the member's file. */
const entered = new Map<string, number>();

/**
 * Records, before it is let in, that a living process may be inside what this process, the owner of
 * `path`, grants: for owners to come, if this one is killed. It stands there until the function
 * that is returned has been called once for each entry, or its death is noticed by a later owner.
 *
 * The record is an empty file in `<path>.members` whose name is the process. Only the owner of the
 * path makes or removes one.
 *
 * @throws {TicketlockError} `LOCK_CORRUPT`, `LOCK_UNAVAILABLE`, `STATE_DIRECTORY_INVALID`: it must not be let in.
 */
export function enterMember(path: string, processId: number): () => void {
  const process = describe(processId);
  if (process === undefined) return () => undefined; // it has ended
  const file = join(openStateDirectory(membersOf(path)), identityText(process));
  const times = entered.get(file) ?? 0;
  if (times === 0 && statPrivateFile(file) === undefined) writePrivateFile(file, "");
  entered.set(file, times + 1);
  return () => {
    const left = (entered.get(file) ?? 1) - 1;
    if (left > 0) return void entered.set(file, left);
    entered.delete(file);
    removeFile(file);
  };
}

/**
 * Members that earlier owners have left and that may live. The files of dead ones are removed. Call it
 * once one owns the path, before one enters members of one's own.
 * @throws {TicketlockError} `LOCK_UNAVAILABLE`.
 */
export function leftMembers(path: string): readonly Member[] {
  return listMembers(path)
    .map(([file, process]) => member(file, process))
    .filter((each) => !each.isGone());
}

/** Removes all records: no member is inside any more. */
export function removeMembers(path: string): void {
  for (const [file] of listMembers(path)) removeFile(file);
}

function listMembers(path: string): [file: string, process: ProcessIdentity][] {
  const directory = membersOf(path);
  let names: string[];
  try {
    names = systemCalls().readdirSync(directory);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw unavailable("list", directory, error);
  }
  return names.flatMap((name) => {
    const process = parseIdentity(name);
    return process === undefined ? [] : [[join(directory, name), process]];
  });
}

function member(file: string, process: ProcessIdentity): Member {
  return {
    processId: process.processId,
    isGone() {
      try {
        if (mayLive(process)) return false;
      } catch {
        return false; // no descriptor left to look with: it is not certain
      }
      removeFile(file);
      return true;
    },
  };
}

function describe(processId: number): ProcessIdentity | undefined {
  try {
    return identityOf(processId);
  } catch (error) {
    throw unavailable("look for", `process ${processId}`, error);
  }
}

function membersOf(path: string): string {
  return `${path}.members`;
}
