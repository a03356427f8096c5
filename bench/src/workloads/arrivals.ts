import type { Arrivals as ArrivalsData } from "../plan/scenarios.ts";

const NS_PER_S = 1e9;

/**
 * The times at which a contender's operations are meant to begin. Where arrivals are open they do not
 * wait for anybody: what has come late is asked for late, and its wait counts from when it was meant.
 *
 * Source: open and closed systems, B. Schroeder, A. Wierman, M. Harchol-Balter, Open Versus Closed: A
 * Cautionary Tale (2006); latency from the intended start, G. Tene, How NOT to Measure Latency (2013).
 */
export class Arrivals {
  readonly #data: ArrivalsData;
  readonly #startNs: bigint;
  readonly #meanGapNs: number;
  readonly #random: () => number;
  #done = 0;
  #sinceStartNs = 0;

  /**
   * @param startNs - before which nothing begins
   * @param perS - operations per second of this contender, where arrivals are open
   * @param random - in [0, 1)
   */
  constructor(data: ArrivalsData, startNs: bigint, perS: number, random: () => number) {
    this.#data = data;
    this.#startNs = startNs;
    this.#meanGapNs = NS_PER_S / perS;
    this.#random = random;
  }

  /** @param lastNs - when the operation before was over, and what followed it */
  next(lastNs: bigint): bigint {
    switch (this.#data.kind) {
      case "closed":
        return lastNs;
      case "open":
        // The gaps of a Poisson process are exponential.
        this.#sinceStartNs += -Math.log(1 - this.#random()) * this.#meanGapNs;
        return this.#startNs + BigInt(Math.round(this.#sinceStartNs));
      case "burst": {
        const burst = Math.floor(this.#done++ / this.#data.size);
        return this.#startNs + BigInt(burst * this.#data.everyMs * 1_000_000);
      }
    }
  }
}
