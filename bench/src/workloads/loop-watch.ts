/** Between two looks, in milliseconds: the shortest that a timer takes. */
const LOOK_MS = 1;

/**
 * Tells how long an event loop keeps its timers waiting, in milliseconds beyond what they asked for.
 * The monitor of `node:perf_hooks` counts the time between two watches as a delay of the second.
 */
export class LoopWatch {
  readonly delaysMs: number[] = [];
  #last = 0;
  #timer: NodeJS.Timeout | undefined;

  start(): void {
    this.#last = performance.now();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Looks once more: a loop that has stood still until now has looked at nothing. */
  stop(): void {
    clearInterval(this.#timer);
    this.#look();
  }

  #look(): void {
    const now = performance.now();
    this.delaysMs.push(Math.max(0, now - this.#last - LOOK_MS));
    this.#last = now;
  }
}
