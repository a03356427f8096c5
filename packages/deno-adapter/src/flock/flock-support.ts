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
    "Cannot use a lock of kind flock: this runtime is not Deno, and has no file locks of its own. Use kind mapped or sqlite there.",
  );
}

/**
 * Asks Deno whether the program may use a lock's directory, so that it does not ask whoever sits at
 * the terminal.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED`, naming the flag.
 */
export function requireAccess(deno: Deno, directory: string): void {
  const needs: readonly (readonly [permission: Permission, flag: string])[] = [
    [{ name: "read", path: directory }, `--allow-read=${directory}`],
    [{ name: "write", path: directory }, `--allow-write=${directory}`],
    // To see that the files are this user's.
    [{ name: "sys", kind: "uid" }, "--allow-sys=uid"],
  ];
  for (const [permission, flag] of needs) {
    if (isGranted(deno, permission)) continue;
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      `Cannot use a lock in ${directory}: Deno lacks a permission. Pass ${flag} to deno.`,
    );
  }
}
