/**
 * Student's t for a page, which has no library to ask. Its degrees of freedom need not be whole.
 *
 * Source: M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions (1964), 26.7.1 by the incomplete beta
 * function, whose continued fraction (26.5.8) is evaluated as W. J. Lentz does (1976).
 */

/** The chance that t lies further from 0 than this one, to either side. */
export function chanceBeyond(t: number, freedom: number): number {
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

/** How far from 0 t goes beyond with this chance: the inverse of `chanceBeyond`, found by halving. */
export function studentAt(chance: number, freedom: number): number {
  let [low, high] = [0, 1];
  while (chanceBeyond(high, freedom) > chance) [low, high] = [high, 2 * high];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (chanceBeyond(middle, freedom) > chance) low = middle;
    else high = middle;
  }
  return high;
}

function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return Math.max(0, Math.min(1, x));
  const scale = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  // The fraction is quick on one side of the middle only.
  return x < (a + 1) / (a + b + 2)
    ? (scale * betaFraction(x, a, b)) / a
    : 1 - (scale * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let product = d;
  for (let m = 1; m <= 200; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    product *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    product *= c * d;
    if (Math.abs(c * d - 1) < 1e-10) break;
  }
  return product;
}

/** Stirling's series, at 8 or more, where it is right to nine digits. */
function logGamma(z: number): number {
  let [at, below] = [z, 0];
  for (; at < 8; at++) below += Math.log(at);
  const square = at * at;
  const series = (1 / 12 - (1 / 360 - 1 / (1260 * square)) / square) / at;
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - below;
}
