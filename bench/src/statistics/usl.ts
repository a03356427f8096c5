import { fcnnlsVector } from "ml-fcnnls";

/** Gunther's Universal Scalability Law as it describes measured points. */
export interface UslFit {
  /** Operations per second of one contender. */
  readonly lambdaPerS: number;
  /** Contention: the share of each operation that the others must wait for; above 1 where two contenders do less than one. */
  readonly sigma: number;
  /** Coherence: what each pair of contenders costs the others. */
  readonly kappa: number;
  /** Root mean square of the points' distance from the curve, as a share of the measured time per operation. */
  readonly residual: number;
}

/** Of different contender counts: with fewer, three parameters describe nothing. */
const LEAST_COUNTS = 6;
/** A curve that misses the points by more on average is no description of them. */
const LARGEST_RESIDUAL = 0.25;

/**
 * Fits throughput = lambda n / (1 + sigma (n - 1) + kappa n (n - 1)) to measured points. `null` with fewer
 * than 6 different contender counts, and where the curve misses the points by more than a quarter.
 *
 * n / throughput is linear in 1 / lambda, sigma / lambda and kappa / lambda, none of which can be negative, so
 * there is one best fit, and it is found directly: non-negative least squares on relative distances.
 * It describes what was measured; beyond the last count it says nothing.
 *
 * Source: N. J. Gunther, A General Theory of Computational Scalability Based on Rational Functions (2008).
 *
 * @param points - positive throughputs
 */
export function fitUsl(
  points: readonly { readonly contenders: number; readonly perS: number }[],
): UslFit | null {
  if (new Set(points.map(({ contenders }) => contenders)).size < LEAST_COUNTS) return null;
  // Each row is divided by what was measured, so that distances are relative; each column by its length, so
  // that the solver's tolerance means the same for all three.
  const columns = [() => 1, (n: number) => n - 1, (n: number) => n * (n - 1)].map((term) =>
    points.map(({ contenders, perS }) => (term(contenders) * perS) / contenders),
  );
  const lengths = columns.map((column) => Math.hypot(...column));
  const rows = points.map((_, i) => columns.map((column, j) => column[i]! / lengths[j]!));
  const { K } = fcnnlsVector(
    rows,
    points.map(() => 1),
  );
  const [perOperation, contention, coherence] = K.to1DArray().map(
    (value, j) => value / lengths[j]!,
  );
  if (!(perOperation! > 0)) return null;
  const fit = {
    lambdaPerS: 1 / perOperation!,
    sigma: contention! / perOperation!,
    kappa: coherence! / perOperation!,
  };
  const distances = points.map(({ contenders, perS }) => perS / uslAt(fit, contenders) - 1);
  const residual = Math.hypot(...distances) / Math.sqrt(points.length);
  return residual <= LARGEST_RESIDUAL ? { ...fit, residual } : null;
}

/** The throughput, in operations per second, that the curve has at so many contenders. */
export function uslAt(
  { lambdaPerS, sigma, kappa }: Omit<UslFit, "residual">,
  contenders: number,
): number {
  const others = contenders - 1;
  return (lambdaPerS * contenders) / (1 + sigma * others + kappa * contenders * others);
}
