import { expect, test } from "vitest";
import { judgePairs, type Measured } from "../src/compare/judge-pairs.ts";
import { normalNumbers } from "./simulated-report.ts";

const NOISE = { band: 1.03, floor: 1.03 };

function measured(all: readonly number[], clean: readonly number[] = all): Measured {
  return { all, clean };
}

const about = (ns: number): Measured => measured([0.99, 1, 1.01].map((factor) => factor * ns));

test("judgePairs tells apart what is surely beyond band and floor, to either side", () => {
  const [slower, faster, near] = judgePairs(
    [
      [about(150), about(100)],
      [about(100), about(150)],
      [about(101), about(100)],
    ],
    NOISE,
  );
  expect([slower!.isApart, faster!.isApart, near!.isApart]).toEqual([true, true, false]);
  expect(slower!.ratio.value).toBeCloseTo(1.5, 6);
  const [tied] = judgePairs([[about(150), about(100)]], { band: 1.03, floor: 1.6 });
  expect(tied!.isApart).toBe(false);
});

test("judgePairs lets undisturbed blocks gainsay, also by the other side, where three are left", () => {
  const slow = (clean: readonly number[]): boolean =>
    judgePairs([[measured([150, 151, 149], clean), about(100)]], NOISE)[0]!.isApart;
  expect(slow([150, 151, 149])).toBe(true);
  expect(slow([100, 101, 99])).toBe(false);
  expect(slow([50, 51, 49])).toBe(false);
  expect(slow([100, 101])).toBe(true);
});

test("judgePairs calls a tie what rests on one block", () => {
  const [judged] = judgePairs([[measured([900]), about(100)]], NOISE);
  expect(judged).toMatchObject({ isApart: false, ratio: { low: null, high: null } });
});

test("judgePairs tells any of a family of equal pairs apart in 5 of 100 families at most", () => {
  const normal = normalNumbers(5);
  const blocks = (): Measured =>
    measured(Array.from({ length: 5 }, () => 100 * Math.exp(0.1 * normal())));
  const families = 600;
  let wrong = 0;
  for (let i = 0; i < families; i++) {
    const pairs = Array.from({ length: 8 }, () => [blocks(), blocks()] as const);
    if (judgePairs(pairs, { band: 1, floor: 1 }).some(({ isApart }) => isApart)) wrong++;
  }
  expect(wrong / families).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / families));
});
