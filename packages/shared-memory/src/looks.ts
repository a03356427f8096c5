import { LONGEST_LOOK_INTERVAL_MS, LOOK_INTERVAL_MS } from "./thread-platform.ts";

/** When a waiter looks by itself, in milliseconds. */
export interface Looks {
  /** Longest sleep of a waiter that blocks its thread, and the first time between two looks of one that does not. */
  intervalMs: number;
  /** Longest time between two looks of a waiter that does not block its thread. */
  longestMs: number;
}

/** Locks take it as it is. */
export const looks: Looks = { intervalMs: LOOK_INTERVAL_MS, longestMs: LONGEST_LOOK_INTERVAL_MS };

const SELDOM_MS = 600_000;

/**
 * For tests: from now until the returned function is called, waiters of this thread look every ten minutes at
 * most, so that no look hides a wake-up that did not come. Those that sleep already are not woken.
 */
export function lookSeldom(): () => void {
  const usual = { ...looks };
  looks.intervalMs = SELDOM_MS;
  looks.longestMs = SELDOM_MS;
  return () => void Object.assign(looks, usual);
}
