/** A whole number from 0 up to, and without, `count`. */
export type Choose = (count: number) => number;

/** Chooses from a seed: the same seed, the same choices. Generator: G. Marsaglia, "Xorshift RNGs" (32 bits, 13-17-5). */
export function chooserFrom(seed: number): Choose {
  let state = seed | 0 || 1;
  return (count) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % count;
  };
}
