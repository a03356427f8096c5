import type { LockProvider } from "@ticketlock/core";
import { mappedLocks, mappedSupport } from "@ticketlock/mapped-memory";
import { ipcLocks } from "./ipc-locks.ts";
import { sqliteLocks } from "./sqlite/sqlite-locks.ts";

let providers: readonly LockProvider[] | undefined;

/**
 * Who makes and opens this adapter's locks. The first kind is the default of sessions, whose
 * contenders all run on this very Node: so it is one that this Node has.
 */
export function lockProviders(): readonly LockProvider[] {
  // Found out when it is asked for: a program that names another kind does not load FFI.
  return (providers ??=
    mappedSupport() === undefined
      ? [mappedLocks, ipcLocks, sqliteLocks]
      : [ipcLocks, sqliteLocks, mappedLocks]);
}
