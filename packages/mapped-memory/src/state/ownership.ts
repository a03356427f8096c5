import { basename, dirname, join } from "node:path";
import { TicketlockError } from "@ticketlock/core";
import { systemCalls } from "../platform/current-calls.ts";
import { identityText, isSameProcess, mayLive, ownIdentity, parseIdentity, type ProcessIdentity } from "./host-identity.ts"; // prettier-ignore
import {
  errorCode,
  removeFile,
  statPrivateFile,
  unavailable,
  writePrivateFile,
} from "./private-files.ts";

/** Somebody else takes the file between two looks at most so often in a row. */
const MAX_LOOKS = 1_000;
const NOBODY = "none";
const OWNER = /^(\d{1,15})\.([0-9a-z-]+)$/;

/** How this process came to own what it owns. */
export interface Ownership {
  /** True if the owner before ended without giving it up, so that what it kept in memory is unknown. */
  readonly afterDeath: boolean;
  /** Gives it up: the next owner need not ask what happened. Does nothing if it is not ours any more. */
  giveUp(): void;
}

/** An owner as its file's name tells. */
interface Owner {
  readonly file: string;
  readonly generation: number;
  /** None: given up. */
  readonly process: ProcessIdentity | undefined;
}

/**
 * Makes this process the one owner of `path`, a path in the state directory, for as long as it
 * lives; asked again it owns it still. What a dead process owned is taken over.
 *
 * **How**: the owner stands in a file's *name*, `<path>.owner.<generation>.<process>`, so renaming
 * that file is a compare-and-swap: it fails if the owner has changed since one looked, and no name
 * comes twice. The first file is made under its own name and linked to `<path>.owner`, which stays;
 * only links of that file count, so those who lost the race to be first leave nothing that does.
 *
 * @param what - what it is, for messages
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` naming the living process that owns it; `LOCK_CORRUPT`, `LOCK_UNAVAILABLE`.
 */
export function ownPath(path: string, what: string = path): Ownership {
  const own = ownIdentity();
  for (let look = 0; look < MAX_LOOKS; look++) {
    if (statPrivateFile(rootOf(path)) === undefined) {
      if (makeFirst(path, own)) return ownership(path, own, false);
      continue;
    }
    const owner = findOwner(path);
    if (owner === undefined) continue; // it is being renamed: look again
    if (owner.process !== undefined) {
      if (isSameProcess(owner.process, own)) return ownership(path, own, false);
      if (mayLive(owner.process)) throw ownedBy(what, owner.process);
    }
    if (pass(path, owner, own)) return ownership(path, own, owner.process !== undefined);
  }
  throw new TicketlockError(
    "LOCK_UNAVAILABLE",
    `Cannot find out who owns ${path}: its owner's file is missing, or changes too often. Use another name or state directory.`,
  );
}

function ownership(path: string, own: ProcessIdentity, afterDeath: boolean): Ownership {
  return {
    afterDeath,
    giveUp() {
      const owner = findOwner(path);
      if (owner?.process !== undefined && isSameProcess(owner.process, own)) pass(path, owner);
    },
  };
}

/** True if this process is the first owner. */
function makeFirst(path: string, own: ProcessIdentity): boolean {
  const file = ownerPath(path, 0, own);
  removeFile(file); // a loser's of the same process: it counts for nothing
  writePrivateFile(file, "");
  try {
    systemCalls().linkSync(file, rootOf(path));
    return true;
  } catch (error) {
    removeFile(file);
    if (errorCode(error) === "EEXIST") return false;
    throw unavailable("link", rootOf(path), error);
  }
}

/** True if `to`, or nobody, has taken the place of exactly this owner. */
function pass(path: string, owner: Owner, to?: ProcessIdentity): boolean {
  try {
    systemCalls().renameSync(owner.file, ownerPath(path, owner.generation + 1, to));
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw unavailable("rename", owner.file, error);
  }
}

function findOwner(path: string): Owner | undefined {
  const prefix = `${basename(path)}.owner.`;
  const root = inodeOf(rootOf(path));
  let last: Owner | undefined;
  for (const entry of listDirectory(dirname(path))) {
    if (!entry.startsWith(prefix)) continue;
    const owner = parseOwner(join(dirname(path), entry), entry.slice(prefix.length));
    if (owner === undefined || owner.generation < (last?.generation ?? 0)) continue;
    // While it is being renamed a listing may show it under both names: the later one is it.
    if (inodeOf(owner.file) === root) last = owner;
  }
  return last;
}

function listDirectory(directory: string): string[] {
  try {
    return systemCalls().readdirSync(directory);
  } catch (error) {
    throw unavailable("list", directory, error);
  }
}

function parseOwner(file: string, text: string): Owner | undefined {
  const [, generation, who = ""] = OWNER.exec(text) ?? [];
  if (generation === undefined) return undefined;
  const identity = parseIdentity(who);
  if (identity === undefined && who !== NOBODY) return undefined;
  return { file, generation: Number(generation), process: identity };
}

function ownerPath(path: string, generation: number, owner?: ProcessIdentity): string {
  const who = owner === undefined ? NOBODY : identityText(owner);
  return `${rootOf(path)}.${generation}.${who}`;
}

function rootOf(path: string): string {
  return `${path}.owner`;
}

function inodeOf(path: string): bigint | undefined {
  return systemCalls().inodeAt(path);
}

function ownedBy(what: string, { processId, pidNamespace }: ProcessIdentity): TicketlockError {
  const where = pidNamespace === ownIdentity().pidNamespace ? "" : " of another PID namespace";
  return new TicketlockError(
    "LOCK_UNSUPPORTED",
    `Cannot keep ${what} in process ${process.pid}: process ${processId}${where} keeps it, and lives. Open it in that process's cluster, or use another name, kind or state directory.`,
  );
}
