import type { LockProvider } from "@ticketlock/core";
import { ipcLocks } from "./ipc-locks.ts";
import { sqliteLocks } from "./sqlite/sqlite-locks.ts";

/** Who makes and opens this adapter's locks. The first kind is the default of sessions. */
export const lockProviders: readonly LockProvider[] = [ipcLocks, sqliteLocks];
