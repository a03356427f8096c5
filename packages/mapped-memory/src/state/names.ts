import { join } from "node:path";
import { TicketlockError } from "@ticketlock/core";
import { systemCalls } from "../platform/current-calls.ts";
import { checkLockName, fileStem } from "./lock-name.ts";
import {
  errorCode,
  readPrivateFile,
  removeFile,
  temporaryPath,
  unavailable,
  untrusted,
  writePrivateFile,
} from "./private-files.ts";

/** A record is one line that names the lock and its kind. */
const MAX_RECORD_BYTES = 512;
const RECORD_VERSION = 1;
const KIND = /^[a-z][a-z0-9-]{0,31}$/;

/** What a name stands for on this host. */
export interface NamedLock {
  readonly name: string;
  readonly kind: string;
  /** Path in the state directory with which the names of all the lock's own files begin. Append a suffix. */
  readonly path: string;
}

/** The lock of this name, if anybody has opened it since the state directory was made. */
export function findName(directory: string, name: string): NamedLock | undefined {
  const path = join(directory, fileStem(name));
  const text = readPrivateFile(recordPath(path), MAX_RECORD_BYTES);
  if (text === undefined) return undefined;
  return { name, kind: parseKind(recordPath(path), text, name), path };
}

/**
 * Says what kind of lock the name stands for, and makes it the kind asked for if the name is new:
 * the first opener fixes it, and of several at once exactly one does. The record is written
 * elsewhere and linked into its place, so it is never seen half-written and never replaced.
 *
 * `kind` is a kind, a function that chooses one for a new name, which may throw.
 *
 * @throws {TicketlockError} `NAME_INVALID`; `LOCK_UNSUPPORTED` if the name stands for another kind than
 * asked; `LOCK_CORRUPT` if the record is not one, a link, somebody else's or open to others;
 * `LOCK_UNAVAILABLE`.
 */
export function claimName(
  directory: string,
  name: string,
  kind: string | (() => string),
): NamedLock {
  checkLockName(name);
  const known = findName(directory, name) ?? record(directory, name, choose(kind));
  if (typeof kind === "string" && kind !== known.kind) throw anotherKind(known, kind);
  return known;
}

/** Links the record into its place, or finds the one of whoever was quicker. */
function record(directory: string, name: string, kind: string): NamedLock {
  const path = join(directory, fileStem(name));
  const place = recordPath(path);
  const temporary = temporaryPath(place);
  writePrivateFile(temporary, `${JSON.stringify({ ticketlock: RECORD_VERSION, name, kind })}\n`);
  try {
    systemCalls().linkSync(temporary, place);
    return { name, kind, path };
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw unavailable("record the name in", place, error);
  } finally {
    removeFile(temporary);
  }
  const known = findName(directory, name);
  if (known !== undefined) return known;
  throw untrusted(place, "it comes and goes, though a lock's record is never removed");
}

function choose(kind: string | (() => string)): string {
  const chosen = typeof kind === "string" ? kind : kind();
  if (KIND.test(chosen)) return chosen;
  throw new RangeError(`Cannot record the kind ${JSON.stringify(chosen)}: it is no kind's name.`);
}

function recordPath(path: string): string {
  return `${path}.name`;
}

function parseKind(path: string, text: string, name: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw untrusted(path, "it is not whole JSON");
  }
  if (typeof parsed !== "object" || parsed === null)
    throw untrusted(path, "it is not a JSON object");
  // Own keys only; a key `__proto__` is one of them.
  if (Object.keys(parsed).sort().join() !== "kind,name,ticketlock")
    throw untrusted(path, "it is not a lock's record");
  const { ticketlock, name: recorded, kind } = parsed as Record<string, unknown>;
  if (ticketlock !== RECORD_VERSION)
    throw untrusted(path, `it is of another version than ${RECORD_VERSION}`);
  if (recorded !== name) throw untrusted(path, "it is the record of another name");
  if (typeof kind !== "string" || !KIND.test(kind)) throw untrusted(path, "it names no kind");
  return kind;
}

function anotherKind({ name, kind, path }: NamedLock, asked: string): TicketlockError {
  return new TicketlockError(
    "LOCK_UNSUPPORTED",
    `Cannot open the lock ${name} as kind ${asked}: on this host it is of kind ${kind}, as its first opener chose (${recordPath(path)}). ` +
      `Open it with kind ${kind}, or without a kind; or use another name or state directory.`,
  );
}
