/** So many times the owner is asked; the quickest answer counts. */
const ROUNDS = 32;

/**
 * The clock of the session's owner, read in another thread or process. Node's `process.hrtime` is one
 * clock for all of them; Deno's and Bun's begins with each thread. All run at the rate of the machine's
 * monotonic clock, so one offset holds for good.
 */
export class OwnerClock {
  /** What `nowNs` and the owner's clock differ by at most, in nanoseconds. */
  readonly errorNs: number;
  readonly #offsetNs: bigint;
  readonly #ownNs: () => bigint;

  private constructor(ownNs: () => bigint, offsetNs: bigint, errorNs: number) {
    this.#ownNs = ownNs;
    this.#offsetNs = offsetNs;
    this.errorNs = errorNs;
  }

  /** The owner's clock is the contender's own. */
  static shared(ownNs: () => bigint): OwnerClock {
    return new OwnerClock(ownNs, 0n, 0);
  }

  /**
   * Asks the owner for the time, several times. The answer was true at some instant between question
   * and arrival; taken for the middle of that, it is wrong by half of it at most. Algorithm: Cristian,
   * Probabilistic clock synchronization.
   */
  static async calibrate(
    ownNs: () => bigint,
    askOwnerNs: () => Promise<bigint>,
  ): Promise<OwnerClock> {
    let offsetNs = 0n;
    let leastNs: bigint | undefined;
    for (let round = 0; round < ROUNDS; round++) {
      const askedNs = ownNs();
      const ownerNs = await askOwnerNs();
      const tookNs = ownNs() - askedNs;
      if (leastNs !== undefined && tookNs >= leastNs) continue;
      leastNs = tookNs;
      offsetNs = ownerNs - (askedNs + tookNs / 2n);
    }
    return new OwnerClock(ownNs, offsetNs, Number((leastNs! + 1n) / 2n));
  }

  nowNs(): bigint {
    return this.#ownNs() + this.#offsetNs;
  }
}
