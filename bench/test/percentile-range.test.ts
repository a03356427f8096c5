import type { Histogram } from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import { percentileRange } from "../src/statistics/percentile-range.ts";
import {
  decodeHistograms,
  newHistogram,
  percentilesOfValues,
  recordNs,
} from "../src/statistics/percentiles.ts";
import { histogramOf } from "./sample-load.ts";
import { normalNumbers } from "./simulated-report.ts";

describe("percentileRange", () => {
  test("is from the least to the most of the blocks' own percentiles", () => {
    const blocks = decodeHistograms([300, 100, 200].map((ns) => histogramOf(ns)));
    expect(percentileRange(blocks, 99)).toEqual({ low: 100, high: 300 });
  });

  test("is null with one block, and where a block has nothing beyond the percentile", () => {
    const of = (...counts: number[]): Histogram[] =>
      decodeHistograms(counts.map((count) => histogramOf(100, count)));
    expect(percentileRange(of(2_000), 50)).toBeNull();
    expect(percentileRange(of(2_000, 99), 99)).toBeNull();
    expect(percentileRange(of(2_000, 100), 99)).not.toBeNull();
  });

  /**
   * Blocks that differ by 20 %, each with waits of its own: in what share of runs the range holds the percentile of a
   * block in the middle of all, and that of all blocks together.
   */
  function coverage(
    blocks: number,
    percent: number,
    quantile: number,
  ): { middle: number; together: number } {
    const normal = normalNumbers(blocks + percent);
    const runs = 300;
    const held = { middle: 0, together: 0 };
    for (let run = 0; run < runs; run++) {
      const histograms = Array.from({ length: blocks }, () => {
        const shift = 0.2 * normal();
        const histogram = newHistogram();
        for (let i = 0; i < 1_000; i++) recordNs(histogram, 1e4 * Math.exp(shift + 0.5 * normal()));
        return histogram;
      });
      const { low, high } = percentileRange(histograms, percent)!;
      const holds = (deviation: number): boolean => {
        const truth = 1e4 * Math.exp(quantile * deviation);
        return low <= truth && truth <= high;
      };
      if (holds(0.5)) held.middle++;
      // Over blocks and waits together the logarithms are normal, too.
      if (holds(Math.hypot(0.2, 0.5))) held.together++;
    }
    return { middle: held.middle / runs, together: held.together / runs };
  }

  test.each([
    [50, 0],
    [99, 2.326],
  ] as const)(
    "holds the percentile %i of a middle block as often as it says, and mostly that of all together",
    (percent, quantile) => {
      const [five, twelve] = [5, 12].map((blocks) => coverage(blocks, percent, quantile));
      // 15 of 16.
      expect(five!.middle).toBeGreaterThan(0.89);
      expect(five!.together).toBeGreaterThan(0.78);
      expect(twelve!.middle).toBeGreaterThan(0.98);
      expect(twelve!.together).toBeGreaterThan(0.95);
    },
  );
});

test("percentilesOfValues takes values as they are, negative ones too, and leaves out what too few tell", () => {
  const values = Array.from({ length: 100 }, (_, i) => i - 50);
  expect(percentilesOfValues(values)).toEqual({
    samples: 100,
    p50: -1,
    p90: 39,
    p99: null,
    p999: null,
    max: 49,
  });
  expect(percentilesOfValues([])).toMatchObject({ samples: 0, p50: null, max: null });
});
