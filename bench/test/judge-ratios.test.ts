import cdf from "@stdlib/stats-base-dists-t-cdf";
import quantile from "@stdlib/stats-base-dists-t-quantile";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judgePairs, type Measured } from "../src/compare/judge-pairs.ts";
import { judgeRows } from "../src/report/html/client/judge-ratios.ts";
import { readRowMeans, type RowMeans, writeRowMeans } from "../src/report/html/client/log-means.ts";
import { chanceBeyond, studentAt } from "../src/report/html/client/student.ts";
import { judgedWords } from "../src/report/ratio-words.ts";
import { mean, standardDeviation } from "../src/statistics/interval.ts";

describe("judgeRows", () => {
  const means = fc.array(fc.double({ min: 50, max: 150, noNaN: true }), {
    minLength: 1,
    maxLength: 12,
  });
  const measured = fc
    .record({ all: means, left: fc.nat(12) })
    .map(({ all, left }): Measured => ({ all, clean: all.slice(0, left) }));
  const summary = ({ all, clean }: Measured): RowMeans => {
    const of = (values: readonly number[]): RowMeans["all"] => {
      const logs = values.map(Math.log);
      return {
        blocks: logs.length,
        mean: logs.length === 0 ? 0 : mean(logs),
        variance: logs.length < 2 ? 0 : standardDeviation(logs) ** 2,
      };
    };
    return { all: of(all), clean: of(clean) };
  };

  test("decides in the page as tables and pictures are decided", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(measured, measured), { maxLength: 6 }),
        fc.double({ min: 1, max: 1.1, noNaN: true }),
        fc.double({ min: 1, max: 1.2, noNaN: true }),
        (pairs, band, floor) => {
          const own = judgeRows(
            pairs.map(([above, below]) => [summary(above), summary(below)] as const),
            band,
            floor,
          );
          const library = judgePairs(pairs, { band, floor });
          own.forEach(({ ratio, isApart }, i) => {
            expect(isApart).toBe(library[i]!.isApart);
            for (const end of ["value", "low", "high"] as const) {
              const [a, b] = [ratio[end], library[i]!.ratio[end]];
              if (a === null || b === null) expect(a).toBe(b);
              else expect(Math.log(a) - Math.log(b)).toBeCloseTo(0, 5);
            }
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  test("tells apart, and tells a tie", () => {
    const near = { all: [100, 101, 99], clean: [100, 101, 99] };
    const far = { all: [150, 151, 149], clean: [150, 151, 149] };
    const other = { all: [101, 102, 100], clean: [101, 102, 100] };
    const [apart, tie] = judgeRows(
      [far, other].map((above) => [summary(above), summary(near)] as const),
      1.03,
      1.03,
    );
    expect([apart!.isApart, tie!.isApart]).toEqual([true, false]);
    expect(judgedWords(tie!)).toMatch(/^x1\.01 \(0\.\d\d to 1\.\d\d\), tie$/);
  });

  test("gets its means through the page, the undisturbed ones only where others were disturbed", () => {
    const all = { blocks: 5, mean: 3.25, variance: 0.0004 };
    expect(writeRowMeans({ all, clean: all })).toBe("5,3.25,0.0004");
    expect(readRowMeans("5,3.25,0.0004")).toEqual({ all, clean: all });
    const clean = { blocks: 4, mean: 3.5, variance: 0.0001 };
    expect(readRowMeans(writeRowMeans({ all, clean }))).toEqual({ all, clean });
  });
});

describe("Student's t in the page", () => {
  const levels = [0.05, 0.05 / 7, 0.05 / 300, 0.4];
  const freedoms = [1, 1.013, 1.7, 2, 4.4, 8, 19.3, 38, 300];

  test("has the quantiles and chances of the library", () => {
    for (const freedom of freedoms) {
      for (const level of levels) {
        const at = quantile(1 - level / 2, freedom);
        expect(studentAt(level, freedom) / at).toBeCloseTo(1, 6);
        expect(chanceBeyond(at, freedom) / (2 * cdf(-at, freedom))).toBeCloseTo(1, 6);
      }
    }
    expect(chanceBeyond(0, 3)).toBe(1);
  });
});
