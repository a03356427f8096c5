import type { LockQueue } from "./lock-queue.ts";

/** A lock as its broker keeps it. `W` is one acquisition. */
export interface BrokeredLock<W extends object> {
  /** In the broker's map. */
  readonly place: string;
  readonly named: boolean;
  readonly queue: LockQueue<W>;
  /** The last token that may be issued, until more are reserved. */
  upTo: number;
  /** Reserves tokens above `upTo` and `atLeast`, and returns the new limit. */
  readonly reserve: (atLeast: number) => number;
  /** Records that a process has it open; returns what removes that again. */
  readonly enter: (processId: number) => () => void;
  seats: number;
}

/** Tokens to come are above `tokensAbove`, and those who wait still have theirs for certain. */
export function raise(lock: BrokeredLock<object>, tokensAbove: number): void {
  if (tokensAbove <= lock.queue.floor) return;
  reserveFor(lock, tokensAbove);
  lock.queue.raise(tokensAbove);
}

/** There is a token above `floor` for the holder, for all who wait, and for one more. */
export function reserveFor(lock: BrokeredLock<object>, floor: number): void {
  if (floor + lock.queue.waiters + 2 > lock.upTo) lock.upTo = lock.reserve(floor);
}
