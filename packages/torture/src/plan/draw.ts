import { randomFrom } from "@ticketlock/conformance/kit";

/** Draws from a seed: the same seed, the same draws. */
export class Draw {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  /** From 0 up to 1. */
  readonly share = (): number => this.#random();

  /** True so large a share of the times. */
  chance(share: number): boolean {
    return this.#random() < share;
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  /** One of them. @throws {RangeError} if there are none */
  one<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("Cannot draw: there is nothing to draw from.");
    return items[Math.floor(this.#random() * items.length)]!;
  }

  /** So many of them, each once, in a random order; all if there are fewer. */
  some<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    const drawn: T[] = [];
    while (drawn.length < count && left.length > 0)
      drawn.push(...left.splice(Math.floor(this.#random() * left.length), 1));
    return drawn;
  }
}
