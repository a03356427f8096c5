const SIZES: Readonly<Record<string, number>> = {
  G: 1e9,
  M: 1e6,
  k: 1e3,
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  "%": 1,
};

/** A number as `format.ts` writes it: perhaps an `x`, a `+` or a `1 in` before it, perhaps a unit behind it. */
const NUMBER = /^(?:[x+]|1 in )?(-?\d+(?:\.\d+)?)(?:\s?(G|M|k|ns|us|ms|s|%))?(?![\w.])/;

/**
 * The number by which a column is sorted that holds this text, in nanoseconds where it is a time; `undefined`
 * where the text begins with no number. The inverse of `digits`, `rate`, `duration` and `violationText`.
 */
export function sortValue(text: string): number | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  // Powers of ten make figures such as 5.239999999999999 of 5.24 k: nobody reads them, all have to be loaded.
  return Number((Number(match[1]) * (SIZES[match[2] ?? ""] ?? 1)).toPrecision(6));
}
