/** Numbers that look random and follow from a seed: xorshift with 32 bits (George Marsaglia, "Xorshift RNGs", 2003). */
export class Random {
  #state: number;

  /** @param seed - an integer */
  constructor(seed: number) {
    // Seeds that are alike must not give numbers that are alike; and 0 would stay 0 for ever.
    this.#state = Math.imul(seed ^ (seed >>> 16), 0x9e37_79b1) | 1;
    for (let i = 0; i < 8; i++) this.below(2);
  }

  /** An integer from 0 to `limit` - 1, for limits up to 2^32. */
  below(limit: number): number {
    let next = this.#state;
    next ^= next << 13;
    next ^= next >>> 17;
    next ^= next << 5;
    this.#state = next;
    return Math.floor(((next >>> 0) / 2 ** 32) * limit);
  }

  /** The numbers from 0 to `length` - 1 in random order (Fisher and Yates). */
  order(length: number): number[] {
    const numbers = Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [numbers[i], numbers[j]] = [numbers[j]!, numbers[i]!];
    }
    return numbers;
  }
}
