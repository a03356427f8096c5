import { describe, expect, test } from "vitest";
import { agreementOf } from "../src/figures/reports.ts";
import { keepsTo, type Limit } from "../src/figures/figure.ts";
import type { Report } from "../src/report/report.ts";
import { simulator } from "./simulated-report.ts";

const LIMIT: Limit = { kind: "at-most", value: 1 };

/** So many pairs of runs of four gates. */
function pairsOf(scatter: number, blocks: number, laterNs = 20): (readonly [Report, Report])[] {
  const simulate = simulator(3);
  const cells = (meanNs: number) =>
    [0, 1, 2, 3].map((i) => ({
      cell: { lock: `lock-${i}` },
      meanNs: i === 0 ? meanNs : 20,
      scatter,
    }));
  return Array.from({ length: 10 }, () => [
    simulate(cells(20), { blocks }),
    simulate(cells(laterNs), { blocks }),
  ]);
}

describe("the figure of runs that agree", () => {
  test("passes steady runs, and says what their agreement could show", () => {
    const measurement = agreementOf(pairsOf(0.02, 12));
    expect(keepsTo(LIMIT, measurement)).toBe(true);
    expect(measurement).toMatchObject({ value: 0, faults: [] });
    expect(measurement.detail).toMatch(
      /40 gates in all, [34]\d of them called equivalent; .*interval is x1\.0\d wide, .*by half 40 and of twice the time 40 of 40 were found/,
    );
  });

  test("does not pass runs that agree because nothing could be found in them", () => {
    const measurement = agreementOf(pairsOf(0.5, 5));
    expect(measurement.value).toBeLessThanOrEqual(1);
    expect(measurement.faults).toEqual([expect.stringContaining("too noisy to disagree")]);
    expect(keepsTo(LIMIT, measurement)).toBe(false);
    expect(measurement.detail).toContain("0 of them called equivalent");
  });

  test("plants a slow-down in one gate at a time, which one that is slower anyway does not excuse", () => {
    const measurement = agreementOf(pairsOf(0.5, 5, 2_000));
    expect(measurement.faults).toEqual([expect.stringContaining("too noisy to disagree")]);
  });

  test("misses where runs of one commit are called different", () => {
    const measurement = agreementOf(pairsOf(0.02, 5, 30));
    expect(measurement.value).toBe(10);
    expect(keepsTo(LIMIT, measurement)).toBe(false);
  });
});
