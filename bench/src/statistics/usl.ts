import { fcnnlsVector } from "ml-fcnnls";
import { geometricEstimate, standardDeviation, studentT } from "./interval.ts";

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

interface Point {
  readonly contenders: number;
  /** Operations per second. */
  readonly perS: number;
}

/** Of different contender counts: with fewer, three parameters describe nothing. */
export const LEAST_COUNTS = 6;
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
export function fitUsl(points: readonly Point[]): UslFit | null {
  if (new Set(points.map(({ contenders }) => contenders)).size < LEAST_COUNTS) return null;
  const fit = nearestCurve(points);
  return fit !== null && fit.residual <= LARGEST_RESIDUAL ? fit : null;
}

/** The best curve, however far it lies from the points; null where no throughput of one contender comes of it. */
function nearestCurve(points: readonly Point[]): UslFit | null {
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
  return { ...fit, residual };
}

/** Where a parameter lies, with 95 % confidence; both at least 0. */
export interface GrowthRange {
  readonly low: number;
  readonly high: number;
}

/** What the law says of measured blocks, or why it says nothing. */
export interface Growth {
  readonly fit: UslFit | null;
  /** Of the best curve, also where that is refused. */
  readonly residual: number | null;
  /** Why there is no fit, in a few words; null where there is one. */
  readonly why: string | null;
  readonly sigma: GrowthRange | null;
  readonly kappa: GrowthRange | null;
}

/** With fewer, a range over blocks says nothing. */
const LEAST_ROUNDS = 3;

/**
 * Fits the geometric means over blocks, and says how far sigma and kappa would have come out otherwise: the law is
 * fitted to each round of blocks by itself, one block of each contender count, and Student's t on how those fits
 * scatter makes the range. The rounds are independent, since every block is a process of its own. No ranges with
 * fewer than three blocks. How badly the law describes the lock is not in the ranges; the residual tells that.
 *
 * @param counts - of each contender count the throughputs of its blocks, positive
 */
export function describeGrowth(
  counts: readonly { readonly contenders: number; readonly perS: readonly number[] }[],
): Growth {
  const points = counts.map(({ contenders, perS }) => ({
    contenders,
    perS: geometricEstimate(perS).value,
  }));
  const none = { fit: null, residual: null, sigma: null, kappa: null };
  const different = new Set(points.map(({ contenders }) => contenders)).size;
  if (different < LEAST_COUNTS) return { ...none, why: `${different} of ${LEAST_COUNTS} counts` };
  const curve = nearestCurve(points);
  if (curve === null) return { ...none, why: "no curve comes near" };
  const { residual } = curve;
  if (residual > LARGEST_RESIDUAL)
    return { ...none, residual, why: "the curve misses by too much" };
  const rounds = Math.min(...counts.map(({ perS }) => perS.length));
  const fits = Array.from({ length: rounds }, (_, i) =>
    nearestCurve(counts.map(({ contenders, perS }) => ({ contenders, perS: perS[i]! }))),
  ).filter((fit) => fit !== null);
  const range = (of: "sigma" | "kappa"): GrowthRange | null => {
    if (fits.length < LEAST_ROUNDS) return null;
    const scatter = standardDeviation(fits.map((fit) => fit[of]));
    const margin = studentT(fits.length - 1) * (scatter / Math.sqrt(fits.length));
    return { low: Math.max(0, curve[of] - margin), high: curve[of] + margin };
  };
  return { fit: curve, residual, why: null, sigma: range("sigma"), kappa: range("kappa") };
}

/** The throughput, in operations per second, that the curve has at so many contenders. */
export function uslAt(
  { lambdaPerS, sigma, kappa }: Omit<UslFit, "residual">,
  contenders: number,
): number {
  const others = contenders - 1;
  return (lambdaPerS * contenders) / (1 + sigma * others + kappa * contenders * others);
}
