import { mappedSupport } from "@ticketlock/mapped-memory";
import { defaultStateDirectory, openStateDirectory } from "@ticketlock/mapped-memory/state";
import { type Deno, denoGlobal } from "./deno-types.ts";
import { FLOCK_KIND } from "./flock/flock-locks.ts";
import { requireAccess, requireFiles } from "./flock/flock-support.ts";
import { openPrivateDirectory } from "./flock/private-directory.ts";

/**
 * Opens the directory that names of this host lie in, for whoever asked for a lock of this kind or of
 * any. With FFI its owner and the directories above it are looked at through the C library, whatever
 * Deno may read; without, Deno's own calls see what they may.
 *
 * @throws {TicketlockError} `LOCK_UNSUPPORTED`, naming the flag; `STATE_DIRECTORY_INVALID`, `LOCK_UNAVAILABLE`.
 */
export function openDenoStateDirectory(
  explicit: string | undefined,
  kind: string | undefined,
): string {
  const deno = denoGlobal();
  if (deno === undefined) return openStateDirectory(explicit);
  const unmapped = mappedSupport();
  if (unmapped === undefined) {
    const directory = explicit ?? defaultStateDirectory();
    if (typeof directory === "string") requireFiles(deno, directory);
    return openStateDirectory(explicit);
  }
  try {
    return openPrivateDirectory(deno, explicit ?? requireDefault(deno));
  } catch (error) {
    // Whoever did not ask for a lock on a file wants FFI rather than what that would take.
    throw kind === FLOCK_KIND ? error : unmapped;
  }
}

function requireDefault(deno: Deno): string {
  if (deno.build.os === "linux") requireAccess(deno, "/dev/shm"); // else the user could not be asked for
  return defaultStateDirectory() ?? openStateDirectory();
}
