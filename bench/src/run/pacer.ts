/** The shortest batch between two looks at the clock; the clock's own step is 0.1 to 0.2 us. */
const LEAST_BATCH_NS = 150_000n;
const LONGEST_BATCH_NS = 600_000n;
const LARGEST_BATCH = 1 << 18;

/**
 * Runs batches until a deadline and looks at the clock once per batch. The batch grows and shrinks
 * so that one takes 150 to 600 us: shorter ones would measure the clock, longer ones overrun the
 * deadline.
 */
export class Pacer {
  readonly #nowNs: () => bigint;
  #batch: number;

  constructor(nowNs: () => bigint, batch = 1) {
    this.#nowNs = nowNs;
    this.#batch = batch;
  }

  /** Operations of the next batch. Kept between windows: the next one starts with what fitted. */
  get batch(): number {
    return this.#batch;
  }

  /** Calls `runBatch` until the deadline; returns operations done and when the last batch ended. */
  runSync(deadlineNs: bigint, runBatch: (operations: number) => void): { operations: number; endedNs: bigint } {
    let operations = 0;
    let before = this.#nowNs();
    while (before < deadlineNs) {
      const batch = this.#batch;
      runBatch(batch);
      operations += batch;
      before = this.#adapt(before);
    }
    return { operations, endedNs: before };
  }

  /** As `runSync`, for batches that await. A batch may do fewer operations than asked, and says how many. */
  async run(
    deadlineNs: bigint,
    runBatch: (operations: number) => Promise<number>,
  ): Promise<{ operations: number; endedNs: bigint }> {
    let operations = 0;
    let before = this.#nowNs();
    while (before < deadlineNs) {
      const batch = this.#batch;
      const done = await runBatch(batch);
      operations += done;
      before = this.#adapt(before);
      if (done < batch) break;
    }
    return { operations, endedNs: before };
  }

  #adapt(before: bigint): bigint {
    const now = this.#nowNs();
    const took = now - before;
    if (took < LEAST_BATCH_NS) this.#batch = Math.min(LARGEST_BATCH, this.#batch * 2);
    else if (took > LONGEST_BATCH_NS) this.#batch = Math.max(1, this.#batch >> 1);
    return now;
  }
}
