import { constants } from "node:fs";
import { randomUUID } from "node:crypto";
import { TicketlockError } from "@ticketlock/core";
import { systemCalls } from "../platform/current-calls.ts";
import type { FileStats } from "../platform/system-calls.ts";

/** Windows lacks these flags, and what they guard against. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const NON_BLOCKING = constants.O_NONBLOCK ?? 0;

/** The error code of a call of node:fs. */
export function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? "";
}

/**
 * Refuses a file that is not this user's alone: a link, no regular file, somebody else's, or open
 * to others. `stats` must come from `lstat` or from an opened descriptor.
 * @throws {TicketlockError} `LOCK_CORRUPT`.
 */
export function checkPrivateFile(path: string, stats: FileStats): void {
  const flaw = flawOf(stats);
  if (flaw !== undefined) throw untrusted(path, flaw);
}

/** As `checkPrivateFile`, without opening the file; `undefined` if there is none. */
export function statPrivateFile(path: string): FileStats | undefined {
  let stats: FileStats | undefined;
  try {
    stats = systemCalls().lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unavailable("look at", path, error);
  }
  if (stats !== undefined) checkPrivateFile(path, stats);
  return stats;
}

/**
 * Reads a small private file; `undefined` if there is none.
 * @throws {TicketlockError} `LOCK_CORRUPT` if it is not private or has more than `maxBytes` bytes; `LOCK_UNAVAILABLE`.
 */
export function readPrivateFile(path: string, maxBytes: number): string | undefined {
  let descriptor: number;
  try {
    descriptor = systemCalls().openSync(path, constants.O_RDONLY | NO_FOLLOW | NON_BLOCKING);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    // ELOOP from Linux, EMLINK from others.
    if (["ELOOP", "EMLINK"].includes(errorCode(error))) throw untrusted(path, "it is a link");
    throw unavailable("open", path, error);
  }
  try {
    checkPrivateFile(path, systemCalls().fstatSync(descriptor));
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (;;) {
      const bytes = systemCalls().readSync(
        descriptor,
        buffer,
        length,
        buffer.length - length,
        length,
      );
      length += bytes;
      if (bytes === 0 || length === buffer.length) break;
    }
    if (length > maxBytes) throw untrusted(path, `it has more than ${maxBytes} bytes`);
    return buffer.toString("utf8", 0, length);
  } catch (error) {
    throw error instanceof TicketlockError ? error : unavailable("read", path, error);
  } finally {
    systemCalls().closeSync(descriptor);
  }
}

/**
 * Makes a private file that must not exist yet. It is removed again if it cannot be written whole.
 * @throws {TicketlockError} `LOCK_UNAVAILABLE`.
 */
export function writePrivateFile(path: string, text: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = systemCalls().openSync(
      path,
      constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | NO_FOLLOW,
      0o600,
    );
    systemCalls().fchmodSync(descriptor, 0o600); // an umask may have taken our own bits, too
    const bytes = Buffer.from(text);
    let written = 0;
    while (written < bytes.length)
      written += systemCalls().writeSync(
        descriptor,
        bytes,
        written,
        bytes.length - written,
        written,
      );
    systemCalls().fsyncSync(descriptor);
  } catch (error) {
    if (descriptor !== undefined) removeFile(path);
    throw unavailable("write", path, error);
  } finally {
    if (descriptor !== undefined) systemCalls().closeSync(descriptor);
  }
}

/**
 * Puts a file in the place of another in one step: whoever reads finds the old text or the new one.
 * @throws {TicketlockError} `LOCK_UNAVAILABLE`; the old file is then as it was.
 */
export function replacePrivateFile(path: string, text: string): void {
  const temporary = temporaryPath(path);
  writePrivateFile(temporary, text);
  try {
    systemCalls().renameSync(temporary, path);
  } catch (error) {
    removeFile(temporary);
    throw unavailable("replace", path, error);
  }
}

/** A name beside `path` that nobody else uses. What a crash leaves of it is never read. */
export function temporaryPath(path: string): string {
  return `${path}.${randomUUID()}.tmp`;
}

/** Removes a file that may be gone already. */
export function removeFile(path: string): void {
  try {
    systemCalls().unlinkSync(path);
  } catch {
    // Gone, or not to be had: nobody reads it.
  }
}

/** The error of a file in a lock's place that is not one to trust. */
export function untrusted(path: string, flaw: string): TicketlockError {
  return new TicketlockError(
    "LOCK_CORRUPT",
    `Cannot use ${path}: ${flaw}. It was left as it is; find out who made it, or use another name or state directory.`,
  );
}

/** The error of a file that cannot be had. */
export function unavailable(doing: string, path: string, error: unknown): TicketlockError {
  if (error instanceof TicketlockError) return error;
  const why = causes[errorCode(error)] ?? (error instanceof Error ? error.message : String(error));
  return new TicketlockError("LOCK_UNAVAILABLE", `Cannot ${doing} ${path}: ${why}.`, {
    cause: error,
  });
}

const causes: Readonly<Record<string, string>> = {
  EACCES: "this user may not. Change its owner or mode, or use another state directory",
  EPERM: "this user may not. Change its owner or mode, or use another state directory",
  EROFS: "its file system is read-only. Use another state directory",
  ENOSPC: "its file system is full. Free some space, or use another state directory",
  EDQUOT: "the user's quota is used up. Free some space, or use another state directory",
  ENOENT: "the state directory is gone. Open the lock again",
};

function flawOf(stats: FileStats): string | undefined {
  if (stats.isSymbolicLink()) return "it is a link";
  if (!stats.isFile()) return "it is not a regular file";
  const userId = systemCalls().getuid();
  if (userId === undefined) return undefined; // Windows: access lists, which modes do not show
  if (stats.uid !== userId) return `it belongs to user ${stats.uid}, not to user ${userId}`;
  if ((stats.mode & 0o077) !== 0)
    return `its mode ${(stats.mode & 0o777).toString(8)} lets others in, where 600 is expected`;
  return undefined;
}
