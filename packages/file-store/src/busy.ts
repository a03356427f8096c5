import { type MaybePromise, TicketlockError } from "@ticketlock/core";

/** What an attempt returns that found the store busy. */
export const BUSY: unique symbol = Symbol("busy");

/** Milliseconds after which a store that stays busy is given up. */
export const BUSY_LIMIT_MS = 10_000;

/** Longest pause between two looks. Others hold a store for less than a millisecond as a rule, for a few when the disk is slow. */
const LONGEST_PAUSE_MS = 8;

/** Milliseconds to the next look after `looks` of them. Spread at random, so that those who met once do not meet again. */
export function pauseMs(looks: number): number {
  return 1 + Math.random() * Math.min(looks, LONGEST_PAUSE_MS - 1);
}

/**
 * Performs `attempt` at once, and where it finds the store busy again and again until it does not.
 * Between two attempts the event loop runs; none of them may wait by itself.
 *
 * **Fairness**: barging. Whoever looks first after the other has left comes next.
 * @throws {TicketlockError} `STORE_UNAVAILABLE` after `limitMs`.
 */
export function whenFree<T>(
  path: string,
  limitMs: number,
  attempt: () => T | typeof BUSY,
): MaybePromise<T> {
  const result = attempt();
  return result === BUSY ? untilFree(path, limitMs, attempt) : result;
}

async function untilFree<T>(
  path: string,
  limitMs: number,
  attempt: () => T | typeof BUSY,
): Promise<T> {
  const start = performance.now();
  for (let looks = 1; ; looks++) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs(looks)));
    const result = attempt();
    if (result !== BUSY) return result;
    if (performance.now() - start > limitMs) throw stayedBusy(path, limitMs);
  }
}

/** The error of a store that others kept busy for all of the time that there was. */
export function stayedBusy(path: string, limitMs: number): TicketlockError {
  return new TicketlockError(
    "STORE_UNAVAILABLE",
    `Cannot use the store file ${path}: others have kept it busy for ${limitMs} ms. Look for a process that was stopped in the middle of a change, and try again.`,
  );
}
