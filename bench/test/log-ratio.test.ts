import ttest2 from "@stdlib/stats-ttest2";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { levelBeyond, logRatio, ratioWithin } from "../src/statistics/log-ratio.ts";

const means = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), {
  minLength: 3,
  maxLength: 12,
});

/** Two sides of which at least one scatters; the oracle divides by zero otherwise. */
const sides = fc
  .tuple(means, means)
  .filter(([a, b]) => [a, b].some((side) => Math.max(...side) / Math.min(...side) > 1.001));

describe("ratioWithin", () => {
  test("agrees with a library's Welch test at any level", () => {
    fc.assert(
      fc.property(sides, fc.double({ min: 0.5, max: 0.99, noNaN: true }), ([a, b], confidence) => {
        const { low, high } = ratioWithin(logRatio(a, b), confidence);
        const { ci } = ttest2(a.map(Math.log), b.map(Math.log), { alpha: 1 - confidence });
        expect(Math.log(low!)).toBeCloseTo(ci[0]!, 6);
        expect(Math.log(high!)).toBeCloseTo(ci[1]!, 6);
      }),
    );
  });

  test("has no interval over one block, and no width where nothing scatters", () => {
    expect(ratioWithin(logRatio([4], [2, 3]), 0.95)).toMatchObject({
      low: null,
      high: null,
      blocks: 1,
    });
    const { value, low, high } = ratioWithin(logRatio([4, 4], [2, 2]), 0.999);
    expect([low, high]).toEqual([value, value]);
  });
});

describe("levelBeyond", () => {
  test("is a library's p-value where the band is 1", () => {
    fc.assert(
      fc.property(sides, ([a, b]) => {
        const { pValue } = ttest2(a.map(Math.log), b.map(Math.log));
        expect(levelBeyond(logRatio(a, b), 1)).toBeCloseTo(pValue, 6);
      }),
    );
  });

  test("is the level at which the interval touches the band", () => {
    fc.assert(
      fc.property(sides, fc.double({ min: 1, max: 1.2, noNaN: true }), ([a, b], band) => {
        const ratio = logRatio(a, b);
        const level = levelBeyond(ratio, band);
        fc.pre(level > 1e-6 && level < 1);
        const { low, high } = ratioWithin(ratio, 1 - level);
        expect(ratio.value > 0 ? low! / band : high! * band).toBeCloseTo(1, 4);
      }),
    );
  });

  test("is 1 within the band and over one block, and 0 beyond it where nothing scatters", () => {
    expect(levelBeyond(logRatio([1.02, 1.02], [1, 1]), 1.03)).toBe(1);
    expect(levelBeyond(logRatio([9], [1, 1]), 1.03)).toBe(1);
    expect(levelBeyond(logRatio([1.04, 1.04], [1, 1]), 1.03)).toBe(0);
    expect(levelBeyond(logRatio([1, 1], [1.04, 1.04]), 1.03)).toBe(0);
  });
});
