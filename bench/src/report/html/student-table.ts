import { studentT } from "../../statistics/interval.ts";

/** Places of the table: one for each 1 / 200 of the reciprocal of the degrees of freedom. */
const STEPS = 200;

/**
 * Two-sided 95 % quantiles of Student's t for the page, which has no library to compute them: by the reciprocal
 * of the degrees of freedom, from 0 (which is the normal distribution) to 1. Between two of them a straight
 * line is right to three digits.
 */
export function studentTable(): number[] {
  return Array.from({ length: STEPS + 1 }, (_, i) =>
    Number(studentT(i === 0 ? 1e9 : STEPS / i).toFixed(4)),
  );
}
