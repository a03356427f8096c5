import { describe, expect, test } from "vitest";
import { decide } from "../src/compare/decide.ts";
import { LEAST_BAND, noiseFloor } from "../src/compare/noise-floor.ts";
import { blockOf, normalNumbers, reportOf } from "./simulated-report.ts";

function twins(...pairs: (readonly [readonly number[], readonly number[]])[]) {
  return reportOf(
    pairs.flatMap((pair, i) =>
      pair.map((means, twin) => ({
        cell: { lock: `lock-${i}`, twin },
        blocks: means.map((ns) => blockOf(ns)),
      })),
    ),
  ).cells;
}

describe("noiseFloor", () => {
  test("has its least band without twins, and where their intervals reach it", () => {
    expect(noiseFloor([])).toEqual({ twins: [], band: LEAST_BAND });
    const { twins: found, band } = noiseFloor(
      twins([
        [100, 110, 90],
        [104, 114, 94],
      ]),
    );
    expect(band).toBe(LEAST_BAND);
    expect(found).toEqual([
      { key: expect.stringContaining("lock-0"), ratio: expect.objectContaining({ blocks: 3 }) },
    ]);
    expect(found[0]!.ratio.value).toBeCloseTo(1.04, 2);
  });

  test("reaches to that end of the twins' interval that is nearer to 1, whichever of them is slower", () => {
    const [a, b] = [
      [100, 101, 99, 100],
      [120, 121, 119, 120],
    ] as const;
    const { twins: found, band } = noiseFloor(twins([a, b]));
    expect(band).toBeCloseTo(found[0]!.ratio.low!, 10);
    expect(band).toBeGreaterThan(1.17);
    expect(noiseFloor(twins([b, a])).band).toBeCloseTo(band, 10);
  });

  test("lets no twins be called different, and takes what differs most", () => {
    const normal = normalNumbers(3);
    for (let i = 0; i < 200; i++) {
      const means = (): number[] => {
        const shift = 0.03 * normal();
        return Array.from({ length: 5 }, () => 100 * Math.exp(shift + 0.02 * normal()));
      };
      const floor = noiseFloor(twins([means(), means()], [means(), means()]));
      for (const { ratio } of floor.twins)
        expect(["equivalent", "inconclusive"]).toContain(decide(ratio, floor.band, 1.5));
    }
  });

  test("learns nothing from twins with one block each", () => {
    const { twins: found, band } = noiseFloor(twins([[100], [200]]));
    expect(found).toHaveLength(1);
    expect(band).toBe(LEAST_BAND);
  });
});
