import { startTimer } from "../long-timer.ts";

/** One acquisition that waits: settled by the first of grant, time-out, abort and closing. */
export class Waiter<G> {
  readonly promise: Promise<G>;
  readonly #signal: AbortSignal | undefined;
  readonly #leave: (waiter: Waiter<G>) => void;
  readonly #stopTimer: () => void;
  #resolve!: (guard: G) => void;
  #reject!: (reason: unknown) => void;

  /** `leave` is called if it gives up by itself; a time-out rejects with what `timedOut` makes. */
  constructor(
    timeoutMs: number,
    signal: AbortSignal | undefined,
    timedOut: () => unknown,
    leave: (waiter: Waiter<G>) => void,
  ) {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#signal = signal;
    this.#leave = leave;
    this.#stopTimer =
      timeoutMs === Infinity
        ? () => undefined
        : startTimer(timeoutMs, () => this.#giveUp(timedOut()));
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  grant(guard: G): void {
    this.#settled();
    this.#resolve(guard);
  }

  fail(reason: unknown): void {
    this.#settled();
    this.#reject(reason);
  }

  readonly #abort = (): void => this.#giveUp(this.#signal?.reason);

  #giveUp(reason: unknown): void {
    this.#leave(this);
    this.fail(reason);
  }

  #settled(): void {
    this.#stopTimer();
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}
