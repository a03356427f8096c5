import { isTicketlockError, type TicketlockError } from "@ticketlock/core";
import type { LockKind } from "@ticketlock/mapped-memory/host";
import { FLOCK_KIND, flockLocks, MAX_WAITERS, openFlockMutex } from "./flock-locks.ts";
import { requireFlock } from "./flock-support.ts";
import { openPrivateDirectory } from "./private-directory.ts";

/** Locks on files by name, in a state directory that Deno may read and write by itself. */
export const flockKind: LockKind = {
  serves: "all processes of Deno",
  support: (directory) =>
    refusalOf(() => {
      const deno = requireFlock();
      if (directory !== undefined) openPrivateDirectory(deno, directory);
    }),
  recordsName: true,
  maxRoom: MAX_WAITERS,
  openNamed: async ({ path }, _, options) => openFlockMutex(`${path}.${FLOCK_KIND}`, options),
  provider: flockLocks,
};

function refusalOf(attempt: () => void): TicketlockError | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (isTicketlockError(error)) return error;
    throw error;
  }
}
