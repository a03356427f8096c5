/** The longest delay that one timer can have. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One acquisition that waits: settled by the first of grant, time-out, abort and closing. */
export class Waiter<G> {
  readonly promise: Promise<G>;
  readonly #signal: AbortSignal | undefined;
  readonly #timedOut: () => unknown;
  readonly #leave: (waiter: Waiter<G>) => void;
  #timer: NodeJS.Timeout | undefined;
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
    this.#timedOut = timedOut;
    this.#leave = leave;
    if (timeoutMs < Infinity) this.#limit(timeoutMs);
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

  #limit(leftMs: number): void {
    const stepMs = Math.min(leftMs, MAX_TIMER_MS);
    this.#timer = setTimeout(
      () => (leftMs > stepMs ? this.#limit(leftMs - stepMs) : this.#giveUp(this.#timedOut())),
      stepMs,
    );
  }

  readonly #abort = (): void => this.#giveUp(this.#signal?.reason);

  #giveUp(reason: unknown): void {
    this.#leave(this);
    this.fail(reason);
  }

  #settled(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}
