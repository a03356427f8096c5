import { median } from "../statistics/interval.ts";
import type { Measurement } from "./figure.ts";

/** Rounds of value and control, at least; an odd number has a middle. */
export const ROUNDS = 11;

/**
 * Measures value and control in turn, so that whatever changes on the machine meanwhile meets both,
 * and compares their medians.
 *
 * @param invert - the claim is "so many times cheaper": control over value
 */
export async function alternate(
  value: () => Promise<number>,
  control: () => Promise<number>,
  invert: boolean,
  rounds: number = ROUNDS,
): Promise<Pick<Measurement, "value" | "control" | "ratio" | "range" | "compared">> {
  const values: number[] = [];
  const controls: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // Whoever goes first may find the machine colder, so they take turns at that too.
    if (round % 2 === 0) values.push(await value());
    controls.push(await control());
    if (round % 2 === 1) values.push(await value());
  }
  const ratioOf = (a: number, b: number): number => (invert ? b / a : a / b);
  const ratios = values.map((each, i) => ratioOf(each, controls[i]!));
  const ratio = ratioOf(median(values), median(controls));
  return {
    value: median(values),
    control: median(controls),
    ratio,
    range: [Math.min(...ratios), Math.max(...ratios)],
    compared: ratio,
  };
}
