/** What a queue says to an acquisition. */
export type Arrival = "granted" | "waiting" | "busy" | "full";

/**
 * The state of one lock: who holds it, who waits, in which order. Plain synchronous steps without
 * messages, clocks or processes, so that a model can be set beside it. `W` is one acquisition.
 *
 * | holder | waiters | abandoned | meaning |
 * |---|---|---|---|
 * | none | none | no | free |
 * | none | none | yes | free, and a holder died without an answer: the next one is told |
 * | one | any | no | held |
 * | one | any | yes | held by somebody who was told, or whose predecessor has not answered either |
 *
 * Nobody ever waits for a free lock: every step that frees it grants it in the same step.
 *
 * **Fairness**: strictly in order of arrival.
 */
export class LockQueue<W extends object> {
  /** Insertion order is the order of arrival; leaving from the middle takes one step. */
  readonly #waiters = new Set<W>();
  readonly #room: number;
  #holder: W | undefined;
  #token: number;
  #floor: number;
  #abandoned: boolean;

  /** Tokens start above `tokensAbove`; at most `room` acquisitions wait. `abandoned`: a holder may have died before. */
  constructor(tokensAbove: number, room: number, abandoned = false) {
    this.#token = tokensAbove;
    this.#floor = tokensAbove;
    this.#room = room;
    this.#abandoned = abandoned;
  }

  get holder(): W | undefined {
    return this.#holder;
  }
  /** Token of the current hold, or of the last one. */
  get token(): number {
    return this.#token;
  }
  /** The next token is the one after this. */
  get floor(): number {
    return Math.max(this.#token, this.#floor);
  }
  get abandoned(): boolean {
    return this.#abandoned;
  }
  get waiters(): number {
    return this.#waiters.size;
  }

  /** All tokens to come are above `tokensAbove`; the one that is held stays. */
  raise(tokensAbove: number): void {
    this.#floor = Math.max(this.#floor, tokensAbove);
  }

  arrive(acquisition: W, wait: boolean): Arrival {
    if (this.#holder === undefined) {
      this.#grant(acquisition);
      return "granted";
    }
    if (!wait) return "busy";
    if (this.#waiters.size >= this.#room) return "full";
    this.#waiters.add(acquisition);
    return "waiting";
  }

  /** Takes a waiter out of the queue; false if it does not wait (any more). */
  leave(acquisition: W): boolean {
    return this.#waiters.delete(acquisition);
  }

  /** Ends the hold and returns the waiter that has the lock now. */
  release(): W | undefined {
    this.#holder = undefined;
    const first = this.#waiters.values().next();
    if (first.done) return undefined;
    this.#waiters.delete(first.value);
    this.#grant(first.value);
    return first.value;
  }

  /** As `release`, for a holder that died: whoever holds the lock next is told so. */
  abandon(): W | undefined {
    this.#abandoned = true;
    return this.release();
  }

  /** A holder says that what the lock protects is whole again. */
  markConsistent(): void {
    this.#abandoned = false;
  }

  #grant(acquisition: W): void {
    this.#holder = acquisition;
    this.#token = this.floor + 1;
  }
}
