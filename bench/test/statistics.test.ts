import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { costSplit } from "../src/statistics/cost-split.ts";
import { fairnessOf } from "../src/statistics/fairness.ts";
import { randomNumbers } from "../src/plan/shuffle.ts";
import { geometricEstimate, invertEstimate, median, studentT } from "../src/statistics/interval.ts";
import { leastShare } from "../src/statistics/least-share.ts";
import { ratioEstimate } from "../src/statistics/log-ratio.ts";
import {
  encodeHistogram,
  mergeHistograms,
  newHistogram,
  percentilesOf,
  recordNs,
} from "../src/statistics/percentiles.ts";
import { zeroBound } from "../src/statistics/zero-bound.ts";

describe("ratioEstimate", () => {
  test("covers a ratio that is known about as often as it says, where one side scatters far more", () => {
    const random = randomNumbers(3);
    const block = (ns: number, spread: number): number =>
      ns * Math.exp(spread * (random() + random() + random() - 1.5));
    const trials = 2_000;
    let covered = 0;
    for (let i = 0; i < trials; i++) {
      const above = Array.from({ length: 5 }, () => block(30, 0.4));
      const below = Array.from({ length: 5 }, () => block(10, 0.05));
      const { low, high } = ratioEstimate(above, below);
      if (low! <= 3 && 3 <= high!) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.93);
    expect(covered / trials).toBeLessThan(0.975);
  });

  test("is a point where nothing scatters, and has no interval over one block", () => {
    const { value, low, high } = ratioEstimate([4, 4], [2, 2]);
    expect([value, low, high]).toEqual([2, 2, 2].map((ratio) => expect.closeTo(ratio, 10)));
    expect(ratioEstimate([4], [2, 3])).toMatchObject({ low: null, high: null, blocks: 1 });
  });
});

describe("geometricEstimate", () => {
  test("uses the textbook quantiles of Student's t", () => {
    expect(studentT(1)).toBeCloseTo(12.706, 3);
    expect(studentT(4)).toBeCloseTo(2.776, 3);
    expect(studentT(11)).toBeCloseTo(2.201, 3);
  });

  test("gives the geometric mean and an interval that is symmetric on the logarithms", () => {
    const { value, low, high, blocks } = geometricEstimate([1, 10, 100]);
    expect(value).toBeCloseTo(10, 10);
    expect(blocks).toBe(3);
    // logs 0, ln 10, 2 ln 10: standard deviation ln 10, t(2) = 4.3027
    const margin = 10 ** (4.302652729 / Math.sqrt(3));
    expect(high! / value).toBeCloseTo(margin, 3);
    expect(value / low!).toBeCloseTo(margin, 3);
  });

  test("has no interval with one block, and no width where blocks are equal", () => {
    expect(geometricEstimate([7])).toEqual({
      value: expect.closeTo(7, 10),
      low: null,
      high: null,
      blocks: 1,
    });
    const { low, high } = geometricEstimate([5, 5, 5]);
    expect(low).toBeCloseTo(5, 10);
    expect(high).toBeCloseTo(5, 10);
  });

  test("refuses what has no logarithm", () => {
    for (const bad of [[], [0], [-1, 2], [Number.NaN], [Infinity]])
      expect(() => geometricEstimate(bad)).toThrow(RangeError);
  });

  test("covers the true mean about 95 times in 100", () => {
    let seed = 12_345;
    const uniform = (): number =>
      ((seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff) + 0.5) / 2 ** 31;
    const normal = (): number =>
      Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    let covered = 0;
    const runs = 4_000;
    for (let run = 0; run < runs; run++) {
      const blocks = Array.from({ length: 5 }, () => Math.exp(3 + 0.2 * normal()));
      const { low, high } = geometricEstimate(blocks);
      if (low! <= Math.exp(3) && Math.exp(3) <= high!) covered++;
    }
    expect(covered / runs).toBeGreaterThan(0.935);
    expect(covered / runs).toBeLessThan(0.965);
  });

  test("turned into throughput keeps the interval around the value", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 12 }),
        (means) => {
          const { value, low, high } = invertEstimate(geometricEstimate(means), 1e9);
          expect(low!).toBeLessThanOrEqual(value * (1 + 1e-9));
          expect(high!).toBeGreaterThanOrEqual(value * (1 - 1e-9));
        },
      ),
    );
  });
});

test("fairnessOf gives 1 for equal shares, 1/n for one winner, and 0.9 where it is known", () => {
  expect(fairnessOf([4, 4, 4])).toEqual({ jain: 1, smallestToLargest: 1 });
  expect(fairnessOf([9, 0, 0])).toEqual({ jain: expect.closeTo(1 / 3, 10), smallestToLargest: 0 });
  expect(fairnessOf([1, 2]).jain).toBeCloseTo(9 / 10, 10);
});

test("costSplit is signed: an oracle can be faster than unlocked contenders", () => {
  const split = costSplit(10, 4, 60);
  expect(split).toMatchObject({
    serializationNs: -6,
    lockTaxNs: 56,
    serializationRatio: 0.4,
    lockTaxRatio: 15,
  });
});

test("zeroBound follows the rule of three", () => {
  expect(zeroBound(0)).toBeNull();
  expect(zeroBound(2)).toBe(1);
  expect(zeroBound(3_000)).toBe(0.001);
});

test("median takes the middle, and refuses nothing at all", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow(RangeError);
});

describe("leastShare", () => {
  test("is the share that would show so much by a chance of 1 - confidence", () => {
    // None: anything may be. All of n: share^n is that chance.
    expect(leastShare(0, 100, 0.975)).toBe(0);
    expect(leastShare(10, 10, 0.975)).toBeCloseTo(0.025 ** 0.1, 10);
    // One of n: 1 - (1 - share)^n is.
    expect(leastShare(1, 100, 0.975)).toBeCloseTo(1 - 0.975 ** 0.01, 10);
  });

  test("is above the true share in as few samples as it says", () => {
    const random = randomNumbers(5);
    const [share, trials, samples] = [0.01, 2_000, 2_000];
    let missed = 0;
    for (let i = 0; i < samples; i++) {
      let seen = 0;
      for (let j = 0; j < trials; j++) if (random() < share) seen++;
      if (leastShare(seen, trials, 0.95) > share) missed++;
    }
    expect(missed / samples).toBeLessThan(0.06);
    expect(missed / samples).toBeGreaterThan(0.02);
  });
});

describe("percentilesOf", () => {
  test("reads a merged histogram within its three digits", () => {
    const halves = [newHistogram(), newHistogram()];
    for (let ns = 1; ns <= 100_000; ns++) recordNs(halves[ns % 2]!, ns);
    const { samples, p50, p90, p99, p999, max } = percentilesOf(
      mergeHistograms(halves.map(encodeHistogram)),
    );
    expect(samples).toBe(100_000);
    expect(p50! / 50_000).toBeCloseTo(1, 2);
    expect(p90! / 90_000).toBeCloseTo(1, 2);
    expect(p99! / 99_000).toBeCloseTo(1, 2);
    expect(p999! / 99_900).toBeCloseTo(1, 2);
    expect(max! / 100_000).toBeCloseTo(1, 2);
  });

  test("gives a percentile only where ten samples lie beyond it", () => {
    const histogram = newHistogram();
    for (let i = 0; i < 999; i++) recordNs(histogram, 5);
    expect(percentilesOf(histogram)).toMatchObject({ p90: 5, p99: null, p999: null });
    recordNs(histogram, 5);
    expect(percentilesOf(histogram)).toMatchObject({ p99: 5, p999: null });
    const hundred = newHistogram();
    for (let i = 0; i < 100; i++) recordNs(hundred, 5);
    expect(percentilesOf(hundred)).toMatchObject({ p90: 5, p99: null });
    expect(percentilesOf(newHistogram())).toEqual({
      samples: 0,
      p50: null,
      p90: null,
      p99: null,
      p999: null,
      max: null,
    });
  });
});
