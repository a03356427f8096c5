import type { HolderInfo } from "@ticketlock/core";

/** A lock, or a store, that wants to be told when a thread has ended. */
export interface Recoverable {
  /**
   * The thread of this number has ended. Frees what it held, or where it may run on takes that for
   * lost. Idempotent.
   */
  recover(threadId: number): void;
}

/**
 * Who has opened a memory lock: what the lock's word calls by a small number, the member. ThreadTable
 * is one; memory whose owners the operating system tells apart may bring another.
 */
export interface Members {
  /** True if the member is the calling thread, through whichever of its openings. */
  isThisThread(member: number): boolean;
  holderInfo(member: number): HolderInfo;
  /** Counts an acquisition that begins (1) or ends (-1) to wait. */
  countWaiting(member: number, change: 1 | -1): void;
  /** How many acquisitions wait, in all threads. */
  waiting(): number;
  /** The calling thread, which holds nothing, is no member any more. */
  leave(member: number): void;
  /** The caller knows that the thread of this number runs no more. */
  markThread(threadId: number): void;
  /** Looks whether the member is gone; true if it is and nobody has noticed before. */
  markIfGone(member: number): boolean;
  /** Lets `recoverMember` free what members held that are known to be gone. */
  recoverDead(recoverMember: (member: number) => void): void;
}
