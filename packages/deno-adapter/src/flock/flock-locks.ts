import { join, isAbsolute } from "node:path";
import {
  checkHandle, checkInteger, type Handle, type LockGuarantees, type LockOptions, type LockProvider, TicketlockError,
} from "@ticketlock/core"; // prettier-ignore
import type { Deno } from "../deno-types.ts";
import { MODULE } from "../module.ts";
import { claimTemporaryDirectory, makeTemporaryDirectory, temporaryRoot } from "../temporary-directories.ts"; // prettier-ignore
import { FlockFiles, removeFiles } from "./flock-files.ts";
import { flockGuarantees, FlockMutex } from "./flock-mutex.ts";
import { requireAccess, requireFlock } from "./flock-support.ts";
import { countOpenings, Opening } from "./openings.ts";

/** The kind's name in commands and handles. */
export const FLOCK_KIND = "flock";
const VERSION = 1;
const kinds: ReadonlyMap<string, LockGuarantees> = new Map([[FLOCK_KIND, flockGuarantees]]);

/** Begins the names of the directories of locks that only their handles lead to. */
const UNNAMED = "ticketlock-flock-";
/** Whoever makes a lock opens it long before. */
const ABANDONED_MS = 60_000;
export const MAX_WAITERS = 65_536;
/** Tokens start at most here, so that 2^52 of them remain. */
const MAX_TOKENS_ABOVE: number = 2 ** 52;

/** What a handle of kind `flock` carries. */
interface FlockData {
  /** Directory of the lock's files; absolute. */
  readonly path: string;
  /** Only handles lead to it: it goes when nobody has it open any more. */
  readonly temporary: boolean;
  readonly tokensAbove: number;
  /** 0: the default. */
  readonly maxWaiters: number;
}

/** A provider whose locks are all `FlockMutex`. */
export interface FlockLocks extends LockProvider {
  create(kind: string, options?: LockOptions): Handle;
  open(handle: Handle): FlockMutex;
}

/** Openings by which a maker keeps a lock until it opens it, by the lock's directory. */
const kept = new Map<string, Opening>();

/** Locks without a name that are open in this thread. */
const temporaries = new Set<FlockMutex>();
let listensForExit = false;

/**
 * Makes and opens locks of kind `flock` that only their handles lead to: each in a private temporary
 * directory, which goes when no living process has it open. `maxContenders` bounds the waiting
 * acquisitions.
 */
export const flockLocks: FlockLocks = {
  module: MODULE,
  kinds,
  create(kind: string, options: LockOptions = {}): Handle {
    if (!kinds.has(kind)) {
      throw new TicketlockError(
        "LOCK_UNSUPPORTED",
        `Cannot make a lock of kind ${kind} on a file: the kind is ${FLOCK_KIND}.`,
      );
    }
    const deno = requireFlock();
    const limits = checkLimits(options);
    const root = temporaryRoot(deno);
    requireAccess(deno, root);
    removeAbandoned(deno, root);
    const files = FlockFiles.make(deno, makeTemporaryDirectory(deno, UNNAMED));
    kept.set(files.directory, new Opening(deno, files));
    return makeHandle({ path: files.directory, temporary: true, ...limits });
  },
  open(handle: Handle): FlockMutex {
    const checked = checkHandle(handle, { module: MODULE, kinds: kinds.keys(), version: VERSION });
    const data = parseData(checked.data);
    const { path, temporary, tokensAbove, maxWaiters } = data;
    const deno = requireFlock();
    requireAccess(deno, path);
    const files = FlockFiles.open(deno, path);
    const left = (): void => {
      temporaries.delete(mutex);
      if (temporary) removeUnlessOpen(deno, path);
    };
    const mutex = new FlockMutex(makeHandle(data), { deno, files, tokensAbove, maxWaiters, left });
    if (temporary) keepUntilExit(mutex);
    kept.get(path)?.close();
    kept.delete(path);
    claimTemporaryDirectory(path);
    return mutex;
  },
};

/**
 * Opens the lock whose files are in the directory `path`, making it if it is missing: the same lock
 * for every process of Deno that names the same directory.
 *
 * @example
 * const mutex = openFlockMutex("/var/lib/shop/orders.lock");
 * await mutex.runExclusive(async (guard) => sell(guard.token));
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` where this is not Deno, or lacks a permission, naming the
 * flag; `STATE_DIRECTORY_INVALID`, `LOCK_CORRUPT`, `LOCK_UNAVAILABLE`; {RangeError} for wrong options.
 */
export function openFlockMutex(path: string, options: LockOptions = {}): FlockMutex {
  const deno = requireFlock();
  const limits = checkLimits(options);
  const files = FlockFiles.make(deno, path);
  const data: FlockData = { path: files.directory, temporary: false, ...limits };
  return new FlockMutex(makeHandle(data), { deno, files, ...limits });
}

function checkLimits({ tokensAbove, maxContenders }: LockOptions): {
  readonly tokensAbove: number;
  readonly maxWaiters: number;
} {
  return {
    tokensAbove: checkInteger("tokensAbove", tokensAbove ?? 0, 0, MAX_TOKENS_ABOVE),
    maxWaiters:
      maxContenders === undefined
        ? 0
        : checkInteger("maxContenders", maxContenders, 1, MAX_WAITERS),
  };
}

/** The process may end without closing it. What it holds then stays marked as held: its holder has died inside. */
function keepUntilExit(mutex: FlockMutex): void {
  temporaries.add(mutex);
  if (listensForExit) return;
  listensForExit = true;
  process.on("exit", () => {
    for (const each of temporaries) if (!each.isHeld) each.close();
  });
}

/** Removes a lock without a name that no living process has open. */
function removeUnlessOpen(deno: Deno, path: string): void {
  try {
    if (countOpenings(deno, path).openings === 0) removeFiles(deno, path);
  } catch {
    // Another was quicker.
  }
}

/** Removes what killed processes have left of their locks without a name. */
function removeAbandoned(deno: Deno, root: string): void {
  const before = Date.now() - ABANDONED_MS;
  for (const { name } of deno.readDirSync(root)) {
    const path = join(root, name);
    if (!name.startsWith(UNNAMED)) continue;
    try {
      const { uid, mtime, isDirectory } = deno.lstatSync(path);
      if (isDirectory && uid === deno.uid() && mtime !== null && Number(mtime) < before)
        removeUnlessOpen(deno, path);
    } catch {
      // Another was quicker.
    }
  }
}

function makeHandle(data: FlockData): Handle {
  return { module: MODULE, kind: FLOCK_KIND, version: VERSION, data };
}

function parseData(data: unknown): FlockData {
  if (typeof data === "object" && data !== null) {
    const { path, temporary, tokensAbove, maxWaiters } = data as Record<string, unknown>;
    if (
      typeof path === "string" &&
      isAbsolute(path) &&
      !path.includes("\0") &&
      typeof temporary === "boolean" &&
      isCount(tokensAbove, MAX_TOKENS_ABOVE) &&
      isCount(maxWaiters, MAX_WAITERS)
    )
      return { path, temporary, tokensAbove, maxWaiters };
  }
  throw new TicketlockError(
    "HANDLE_INVALID",
    "Cannot open the lock's handle: its data is malformed. Pass the `handle` property of a mutex, unchanged.",
  );
}

function isCount(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;
}
