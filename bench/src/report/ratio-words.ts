/** A ratio and the interval in which the true one lies; `null` where there is none. */
export interface RatioWithin {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A ratio with its interval: `x1.22 (1.19 to 1.25)`. */
export function ratioWords({ value, low, high }: RatioWithin): string {
  return low === null || high === null
    ? `x${factorText(value)}`
    : `x${factorText(value)} (${factorText(low)} to ${factorText(high)})`;
}

/** A ratio whose family was judged; what cannot be told from 1 is called a tie. */
export function judgedWords({
  ratio,
  isApart,
}: {
  readonly ratio: RatioWithin;
  readonly isApart: boolean;
}): string {
  return `${ratioWords(ratio)}${isApart ? "" : ", tie"}`;
}

/** Hundredths, or three digits where those are more or less than is needed. */
function factorText(value: number): string {
  if (value < 0.1) return String(Number(value.toPrecision(3)));
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
