import { type Guard, isBlockingLock, type Lock } from "@ticketlock/core";

/** How a contender waits for a lock: its event loop goes on, or its thread blocks, or by turns. */
export type Way = "async" | "sync" | "mixed";

/** True if it is the thread's turn to block. */
export function blocksOn(way: Way, turn: number): boolean {
  return way === "sync" || (way === "mixed" && turn % 2 === 0);
}

/** Acquires in the given way; `turn` decides where the ways alternate. */
export async function take(lock: Lock, way: Way, turn: number): Promise<Guard> {
  if (!blocksOn(way, turn)) return lock.acquire();
  if (!isBlockingLock(lock))
    throw new TypeError("This lock cannot block: its kind does not declare it.");
  return lock.acquireSync();
}

/** The ways of waiting that a lock of these guarantees offers. */
export function waysOf(guarantees: { readonly blocking: boolean }): readonly Way[] {
  return guarantees.blocking ? ["async", "sync", "mixed"] : ["async"];
}
