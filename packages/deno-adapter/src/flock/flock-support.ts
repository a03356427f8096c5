import { TicketlockError } from "@ticketlock/core";
import { type Deno, denoGlobal, isGranted, type Permission } from "../deno-types.ts";

/**
 * Deno, whose files can be locked.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` in another runtime, naming what to use there.
 */
export function requireFlock(): Deno {
  const deno = denoGlobal();
  if (deno !== undefined) return deno;
  throw new TicketlockError(
    "LOCK_UNSUPPORTED",
    "Cannot use a lock of kind flock: this runtime is not Deno, and has no file locks of its own. Use kind mapped there, which Node, Deno and Bun share.",
  );
}

/**
 * Asks Deno whether the program may use a lock's directory, so that it does not ask whoever sits at
 * the terminal.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED`, naming the flag.
 */
export function requireAccess(deno: Deno, directory: string): void {
  requireFiles(deno, directory);
  // To see that the files are this user's.
  requirePermissions(deno, directory, [[{ name: "sys", kind: "uid" }, "--allow-sys=uid"]]);
}

/** The same for a lock that learns by other ways whose the files are. */
export function requireFiles(deno: Deno, directory: string): void {
  requirePermissions(deno, directory, [
    [{ name: "read", path: directory }, `--allow-read=${directory}`],
    [{ name: "write", path: directory }, `--allow-write=${directory}`],
  ]);
}

function requirePermissions(
  deno: Deno,
  directory: string,
  needs: readonly (readonly [permission: Permission, flag: string])[],
): void {
  for (const [permission, flag] of needs) {
    if (isGranted(deno, permission)) continue;
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      `Cannot use a lock in ${directory}: Deno lacks a permission. Pass ${flag} to deno.`,
    );
  }
}
