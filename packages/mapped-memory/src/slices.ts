import { TicketlockError } from "@ticketlock/core";

/**
 * Longest sleep in the kernel, in milliseconds. A thread that sleeps there can neither be ended nor
 * see that its lock's file is gone: process.exit and terminate() wait for it.
 */
export const SLICE_MS = 100;

/** What a waiter is told that finds its file gone when a slice is over. */
export function replaced(path: string): TicketlockError {
  return new TicketlockError(
    "LOCK_LOST",
    `Cannot wait for the lock any more: its file ${path} was removed or replaced, so others use another one. Open it again, and let nothing clean this directory.`,
  );
}
