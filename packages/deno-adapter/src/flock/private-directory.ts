import { basename, dirname, isAbsolute, join } from "node:path";
import { TicketlockError } from "@ticketlock/core";
import { type Deno, type FileInfo, isGranted } from "../deno-types.ts";
import { lockFileError, nameOf } from "./flock-errors.ts";
import { requireAccess } from "./flock-support.ts";

/**
 * Opens a directory that is this user's alone (mode 0700, no link), making it if it is missing.
 * Of the directories above it, those that Deno may read must be such that nobody but root could
 * exchange it.
 *
 * @throws {TicketlockError} `STATE_DIRECTORY_INVALID`, `LOCK_UNAVAILABLE`, `LOCK_UNSUPPORTED`.
 */
export function openPrivateDirectory(deno: Deno, given: string): string {
  const path = checkPath(given);
  checkSpecial(deno, path);
  requireAccess(deno, path);
  checkParents(deno, path);
  try {
    deno.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (nameOf(error) !== "AlreadyExists") throw lockFileError("make the directory", path, error);
  }
  let info: FileInfo;
  try {
    info = deno.lstatSync(path);
  } catch (error) {
    throw lockFileError("look at the directory", path, error);
  }
  const flaw = flawOf(info, deno.uid());
  if (flaw !== undefined)
    throw invalid(path, flaw, "Name a directory that is private to this user");
  return path;
}

/** Files in a private directory are the user's own, but for what the user was made to put there. */
export function checkPrivateFile(deno: Deno, info: FileInfo): string | undefined {
  if (info.isSymlink) return "it is a link";
  if (!info.isFile) return "it is not a regular file";
  return ownerFlaw(info, deno.uid(), "600");
}

function flawOf(info: FileInfo, userId: number | null): string | undefined {
  if (info.isSymlink) return "it is a link";
  if (!info.isDirectory) return "it is not a directory";
  return ownerFlaw(info, userId, "700");
}

function ownerFlaw(
  { uid, mode }: FileInfo,
  userId: number | null,
  expected: string,
): string | undefined {
  if (userId === null || uid === null || mode === null) return undefined; // Windows
  if (uid !== userId) return `it belongs to user ${uid}, not to user ${userId}`;
  if ((mode & 0o077) !== 0)
    return `its mode ${(mode & 0o777).toString(8)} lets others in, where ${expected} is expected`;
  return undefined;
}

function checkPath(path: unknown): string {
  if (typeof path === "string" && path !== "" && !path.includes("\0") && isAbsolute(path))
    return join(dirname(path), basename(path));
  const shown = typeof path === "string" ? JSON.stringify(path.slice(0, 200)) : typeof path;
  throw new TicketlockError(
    "STATE_DIRECTORY_INVALID",
    `Cannot use the directory ${shown}: it must be an absolute path, the same in every process.`,
  );
}

/** Whatever the other flags say, Deno gives what lies below /dev to --allow-all only. */
function checkSpecial(deno: Deno, path: string): void {
  if (!/^\/(?:dev|proc|sys)\//.test(path)) return;
  try {
    deno.lstatSync(path);
  } catch (error) {
    if (nameOf(error) !== "NotCapable") return;
    throw invalid(
      path,
      "Deno gives nothing there but to --allow-all",
      "Name a directory elsewhere, the same in every process, or pass --allow-all to deno",
    );
  }
}

function checkParents(deno: Deno, path: string): void {
  const userId = deno.uid();
  if (userId === null) return;
  for (let each = dirname(path); ; each = dirname(each)) {
    if (isGranted(deno, { name: "read", path: each })) {
      let info: FileInfo;
      try {
        info = deno.lstatSync(deno.realPathSync(each));
      } catch (error) {
        throw lockFileError("look at the directory", each, error);
      }
      const sticky = (info.mode! & 0o1000) !== 0;
      if (info.uid !== 0 && info.uid !== userId)
        throw invalid(path, `${each} belongs to user ${info.uid}, who could exchange it`, "Name another"); // prettier-ignore
      if ((info.mode! & 0o022) !== 0 && !sticky)
        throw invalid(path, `others may write to ${each} and could exchange it`, "Name another");
    }
    if (each === dirname(each)) return;
  }
}

function invalid(path: string, why: string, help: string): TicketlockError {
  return new TicketlockError(
    "STATE_DIRECTORY_INVALID",
    `Cannot use the directory ${path}: ${why}. ${help}.`,
  );
}
