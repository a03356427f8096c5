import { TicketlockError } from "@ticketlock/core";

/** When a waiter looks by itself, and when it is let go first, in milliseconds. */
export interface Looks {
  /**
   * Longest sleep in the kernel. A thread that sleeps there can neither be ended nor see that its
   * lock's file is gone: process.exit and terminate() wait for it.
   */
  sliceMs: number;
  /** Between the looks of a waiter whose helper is not running yet. */
  impatientMs: number;
  /** A waiter that others have overtaken for so long asks whoever lets go next to give way. */
  patienceMs: number;
  /** Who gives way does not take the lock again for so long, or until somebody else has it. */
  giveWayMs: number;
}

/**
 * Locks take it as it is. Tests make both long, so that no look hides a wake-up that did not come. A
 * helper takes over what its thread had when it started it.
 */
export const looks: Looks = { sliceMs: 100, impatientMs: 5, patienceMs: 10, giveWayMs: 1 };

const SELDOM_MS = 600_000;

/**
 * For tests: from now until the returned function is called, waiters of this thread look every ten minutes at
 * most. Those that sleep already are not woken, and a helper that is running goes on as it was.
 */
export function lookSeldom(): () => void {
  const { sliceMs, impatientMs } = looks;
  looks.sliceMs = SELDOM_MS;
  looks.impatientMs = SELDOM_MS;
  return () => void Object.assign(looks, { sliceMs, impatientMs });
}

/** What a waiter is told that finds its file gone when a slice is over. */
export function replaced(path: string): TicketlockError {
  return new TicketlockError(
    "LOCK_LOST",
    `Cannot wait for the lock any more: its file ${path} was removed or replaced, so others use another one. Open it again, and let nothing clean this directory.`,
  );
}
