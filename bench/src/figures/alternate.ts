import { median } from "../statistics/interval.ts";
import type { Measurement } from "./figure.ts";

/** Rounds of value and control, at least; an odd number has a middle. */
export const ROUNDS = 11;
/** Fewer undisturbed rounds than these are too few to leave the others out. */
const LEAST_UNDISTURBED = 5;

/** One measurement of a round. */
export interface Sample {
  readonly nsPerOperation: number;
  /** Others used the machine meanwhile, so that fewer cores were there than it has; null where that cannot be seen. */
  readonly disturbed: boolean | null;
}

/** What a figure needs of the rounds, and which of them it rests on. */
export interface Compared extends Pick<
  Measurement,
  "value" | "control" | "ratio" | "range" | "compared"
> {
  readonly rounds: string;
  /** Numbers, from 0 on, of the rounds that count. */
  readonly used: readonly number[];
}

/**
 * Measures value and control in turn, so that whatever changes on the machine meanwhile meets both,
 * and compares their medians over the rounds in which nothing else disturbed either; over all rounds
 * where those are fewer than 5.
 *
 * @param invert - the claim is "so many times cheaper": control over value
 * @param around - runs a round, with what both of it need opened before and closed after
 */
export async function alternate(
  value: () => Promise<Sample>,
  control: () => Promise<Sample>,
  invert: boolean,
  rounds: number = ROUNDS,
  around: (round: () => Promise<void>) => Promise<void> = (round) => round(),
): Promise<Compared> {
  const measured: { value: Sample; control: Sample }[] = [];
  for (let round = 0; round < rounds; round++) {
    await around(async () => {
      // Whoever goes first may find the machine colder, so they take turns at that too.
      if (round % 2 === 0) measured.push({ value: await value(), control: await control() });
      else {
        const second = await control();
        measured.push({ value: await value(), control: second });
      }
    });
  }
  const all = measured.map((_, round) => round);
  const undisturbed = all.filter(
    (round) => !measured[round]!.value.disturbed && !measured[round]!.control.disturbed,
  );
  const enough = undisturbed.length >= LEAST_UNDISTURBED;
  const used = enough ? undisturbed : all;
  const isKnown = measured.every(
    (one) => one.value.disturbed !== null && one.control.disturbed !== null,
  );
  const values = used.map((round) => measured[round]!.value.nsPerOperation);
  const controls = used.map((round) => measured[round]!.control.nsPerOperation);
  const ratioOf = (a: number, b: number): number => (invert ? b / a : a / b);
  const ratios = values.map((each, i) => ratioOf(each, controls[i]!));
  const ratio = ratioOf(median(values), median(controls));
  return {
    value: median(values),
    control: median(controls),
    ratio,
    range: [Math.min(...ratios), Math.max(...ratios)],
    compared: ratio,
    rounds: !isKnown
      ? `${used.length} of ${rounds} rounds count; whether other work disturbed them is not known`
      : enough
        ? `the ${used.length} of ${rounds} rounds count in which no other work disturbed`
        : `all ${rounds} rounds count, since other work disturbed all but ${undisturbed.length}`,
    used,
  };
}
