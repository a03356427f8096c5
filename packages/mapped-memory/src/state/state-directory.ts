import { basename, dirname, isAbsolute, join } from "node:path";
import { TicketlockError } from "@ticketlock/core";
import { systemCalls } from "../platform/current-calls.ts";
import type { FileStats } from "../platform/system-calls.ts";
import { errorCode, unavailable } from "./private-files.ts";

/** The directory that this user's locks on this host have in common where none is named; `undefined` where one must be. */
export function defaultStateDirectory(): string | undefined {
  const userId = systemCalls().getuid();
  if (process.platform !== "linux" || userId === undefined) return undefined;
  return `/dev/shm/ticketlock-${userId}`;
}

/**
 * Opens the directory in which locks and their names are kept, making it if it is missing, and
 * returns its real path. Without an explicit one it is `/dev/shm/ticketlock-<uid>`, on Linux only:
 * a directory that depended on the environment would give one name two locks.
 *
 * The directory must be this user's, for this user alone (mode 0700), and no link; nobody but root
 * may be able to put another in its place.
 *
 * @throws {TicketlockError} `STATE_DIRECTORY_INVALID` where it is not so, or must be named;
 * `LOCK_UNAVAILABLE` if it cannot be made.
 */
export function openStateDirectory(explicit?: string): string {
  const path = explicit === undefined ? requireDefault() : checkPath(explicit);
  const parent = checkParents(path);
  const real = join(parent, basename(path));
  const made = makeDirectory(real);
  const stats = statDirectory(real);
  if (stats === undefined) throw invalid(real, "it was removed at this moment", "Try again");
  const flaw = flawOf(stats);
  if (flaw !== undefined)
    throw invalid(real, flaw, "Name a directory that is private to this user");
  // An umask may have taken bits from whoever made it; that may have been another process, just now.
  if ((made || explicit === undefined) && isLocked(stats)) systemCalls().chmodSync(real, 0o700);
  return real;
}

function requireDefault(): string {
  const path = defaultStateDirectory();
  if (path !== undefined) return path;
  throw new TicketlockError(
    "STATE_DIRECTORY_INVALID",
    `Cannot choose a state directory on ${process.platform}: no place there is private to a user and the same for all of the user's processes. Pass the option stateDirectory, the same everywhere.`,
  );
}

function checkPath(path: unknown): string {
  if (typeof path !== "string" || path === "" || path.includes("\0") || !isAbsolute(path)) {
    const shown = typeof path === "string" ? JSON.stringify(path.slice(0, 200)) : typeof path;
    throw new TicketlockError(
      "STATE_DIRECTORY_INVALID",
      `Cannot use the state directory ${shown}: it must be an absolute path, the same in every process.`,
    );
  }
  return path.length > 1 ? path.replace(/[\\/]+$/, "") || path : path;
}

/** The real path of the parent, which leads there through directories that only root and this user can change. */
function checkParents(path: string): string {
  const wanted = dirname(path);
  let parent: string;
  try {
    parent = systemCalls().realpathSync(wanted);
  } catch (error) {
    if (errorCode(error) === "ENOENT")
      throw invalid(path, `${wanted} does not exist`, "Make that directory first");
    throw invalid(path, `${wanted} cannot be entered`, "Name another directory");
  }
  const userId = systemCalls().getuid();
  if (userId === undefined) return parent;
  for (let each = parent; ; each = dirname(each)) {
    const { uid, mode } = systemCalls().statSync(each);
    const sticky = (mode & 0o1000) !== 0;
    if (uid !== 0 && uid !== userId)
      throw invalid(path, `${each} belongs to user ${uid}, who could exchange it`, "Name another");
    if ((mode & 0o022) !== 0 && !sticky)
      throw invalid(path, `others may write to ${each} and could exchange it`, "Name another");
    if (each === dirname(each)) return parent;
  }
}

/** True if it was made just now. */
function makeDirectory(path: string): boolean {
  try {
    systemCalls().mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw unavailable("make the state directory", path, error);
  }
}

function statDirectory(path: string): FileStats | undefined {
  try {
    return systemCalls().lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unavailable("look at the state directory", path, error);
  }
}

function flawOf(stats: FileStats): string | undefined {
  if (stats.isSymbolicLink()) return "it is a link";
  if (!stats.isDirectory()) return "it is not a directory";
  const userId = systemCalls().getuid();
  if (userId === undefined) return undefined;
  if (stats.uid !== userId) return `it belongs to user ${stats.uid}, not to user ${userId}`;
  if ((stats.mode & 0o077) !== 0)
    return `its mode ${(stats.mode & 0o777).toString(8)} lets others in, where 700 is expected`;
  return undefined;
}

function isLocked(stats: FileStats): boolean {
  return systemCalls().getuid() !== undefined && (stats.mode & 0o700) !== 0o700;
}

function invalid(path: string, why: string, help: string): TicketlockError {
  return new TicketlockError(
    "STATE_DIRECTORY_INVALID",
    `Cannot use the state directory ${path}: ${why}. ${help}.`,
  );
}
