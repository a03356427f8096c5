import { describe, expect, test } from "vitest";
import { buildCells } from "../src/report/build.ts";
import { growthTable } from "../src/report/tables/growth-table.ts";
import { describeGrowth, uslAt } from "../src/statistics/usl.ts";
import { sampleBlock, sampleCell } from "./sample-report.ts";
import { normalNumbers } from "./simulated-report.ts";

const COUNTS = [1, 2, 3, 4, 6, 8];
const CURVE = { lambdaPerS: 1e7, sigma: 0.4, kappa: 0.03 };

/** Blocks of each count that scatter by 5 %. */
function measured(blocks: number, normal: () => number): Parameters<typeof describeGrowth>[0] {
  return COUNTS.map((contenders) => ({
    contenders,
    perS: Array.from(
      { length: blocks },
      () => uslAt(CURVE, contenders) * Math.exp(0.05 * normal()),
    ),
  }));
}

describe("describeGrowth", () => {
  test.each([5, 12])(
    "has ranges that hold the true sigma and kappa about as often as they say, with %i blocks",
    (blocks) => {
      const normal = normalNumbers(blocks);
      const runs = 300;
      const held = { sigma: 0, kappa: 0 };
      for (let i = 0; i < runs; i++) {
        const growth = describeGrowth(measured(blocks, normal));
        for (const name of ["sigma", "kappa"] as const) {
          const { low, high } = growth[name]!;
          if (low <= CURVE[name] && CURVE[name] <= high) held[name]++;
        }
      }
      for (const share of [held.sigma / runs, held.kappa / runs]) {
        expect(share).toBeGreaterThan(0.91);
        expect(share).toBeLessThan(0.99);
      }
    },
  );

  test("has no ranges with two blocks, and no fit without counts enough or where the curve misses", () => {
    const two = describeGrowth(measured(2, () => 0));
    expect(two.fit!.sigma).toBeCloseTo(0.4, 4);
    expect([two.sigma, two.why]).toEqual([null, null]);
    const few = describeGrowth(measured(5, () => 0).slice(0, 5));
    expect([few.fit, few.residual, few.why]).toEqual([null, null, "5 of 6 counts"]);
    const zigzag = describeGrowth(
      COUNTS.map((contenders, i) => ({ contenders, perS: [i % 2 === 0 ? 1e6 : 1e5, 1e6] })),
    );
    expect(zigzag.fit).toBeNull();
    expect(zigzag.residual).toBeGreaterThan(0.25);
    expect(zigzag.why).toBe("the curve misses by too much");
  });
});

test("growthTable has each lock with counts enough, its parameters with ranges, or why there is no fit", () => {
  const times = (lock: string, ns: (contenders: number, block: number) => number) =>
    COUNTS.map((contenders) => ({
      cell: sampleCell({ lock, contenders }),
      blocks: [0, 1, 2].map((block) => sampleBlock(ns(contenders, block))),
      failures: [],
    }));
  const table = growthTable(
    buildCells(
      [
        ...times("fits", (n, block) => (1e9 / uslAt(CURVE, n)) * (1 + 0.01 * block * (n % 3))),
        ...times("jumps", (n) => (n % 2 === 0 ? 50 : 900)),
        ...times("few", () => 50).slice(0, 4),
      ],
      2,
    ),
  );
  expect(table.rows).toEqual([
    [
      "fits",
      "sample",
      "0",
      "1-8",
      expect.stringMatching(/^0\.\d+ \([\d.]+ to [\d.]+\)$/),
      expect.stringMatching(/^0\.0\d+ \([\d.]+ to [\d.]+\)$/),
      expect.stringMatching(/^\d\.\d%$/),
    ],
    [
      "jumps",
      "sample",
      "0",
      "1-8",
      "no fit: the curve misses by too much",
      "-",
      expect.any(String),
    ],
  ]);
  expect(table.notes.join(" ")).toContain("x1 is of another kind");
  expect(table.notes.join(" ")).toContain("above 1 where two contenders do less than one alone");
});
