/**
 * Spreads one seed over contenders (the finalizer of MurmurHash3, A. Appleby). Every step maps 32
 * bits to 32 bits one to one, so contenders of one session never get the same seed.
 */
export function mixSeed(seed: number, index: number): number {
  let z = (seed + Math.imul(index + 1, 0x9e3779b9)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}
