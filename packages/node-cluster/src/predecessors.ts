import type { Member } from "@ticketlock/mapped-memory/state";

/** Between two looks, in milliseconds. Workers notice their primary's end within a few, unless they are busy. */
const LOOK_MS = 5;

/**
 * Processes that the broker before may have let in and that outlive it: node:cluster ends a worker
 * whose primary is gone only when its event loop turns, so one that is in a long synchronous section,
 * or stopped, is still inside.
 */
export class Predecessors {
  readonly #left: Member[];

  constructor(left: readonly Member[]) {
    this.#left = [...left];
  }

  /** One of them, which may live, for `query`; 0 if none is left. */
  get processId(): number {
    return this.#left.at(-1)?.processId ?? 0;
  }

  /** Calls `then`, in a later turn, as soon as all have certainly ended. Does not itself keep this process alive. */
  whenGone(then: () => void): void {
    const look = (): void => {
      while (this.#left.at(-1)?.isGone() === true) this.#left.pop();
      if (this.#left.length === 0) then();
      else this.whenGone(then);
    };
    setTimeout(look, LOOK_MS).unref();
  }
}
