import padjust from "@stdlib/stats-padjust";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { holmLevels } from "../src/statistics/holm-levels.ts";

const pValues = fc.array(
  fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 0.02, noNaN: true }),
  ),
  { minLength: 1, maxLength: 12 },
);

describe("holmLevels", () => {
  test("rejects what a library's adjusted p-values reject", () => {
    fc.assert(
      fc.property(pValues, (values) => {
        const adjusted = Array.from(padjust(values, "holm"), Number);
        // Where both are equal but for rounding either is right.
        fc.pre(adjusted.every((value) => Math.abs(value - 0.05) > 1e-12));
        const levels = holmLevels(values, 0.05);
        expect(values.map((value, i) => value <= levels[i]!)).toEqual(
          adjusted.map((value) => value <= 0.05),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test("go from alpha / m up by each rejection, and stay at the first that is not rejected", () => {
    expect(holmLevels([0.9, 0.001, 0.02, 0.04], 0.05)).toEqual([
      0.05 / 3,
      0.05 / 4,
      0.05 / 3,
      0.05 / 3,
    ]);
    expect(holmLevels([0.01, 0.001], 0.05)).toEqual([0.05, 0.025]);
    expect(holmLevels([0.7], 0.05)).toEqual([0.05]);
    expect(holmLevels([], 0.05)).toEqual([]);
  });
});
