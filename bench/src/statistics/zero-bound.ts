/**
 * What "none seen in n trials" still allows: with 95 % confidence the rate is below 3/n (the rule of
 * three). `null` where there was no trial, so nothing is known.
 */
export function zeroBound(trials: number): number | null {
  return trials > 0 ? Math.min(1, 3 / trials) : null;
}
