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

/** Four blocks, the outer ones so many percent off. */
function around(ns: number, percent: number): number[] {
  return [-1, -0.5, 0.5, 1].map((step) => ns * (1 + (step * percent) / 100));
}

describe("noiseFloor", () => {
  test("has its least band without twins, and where their intervals reach it", () => {
    expect(noiseFloor([])).toEqual({ twins: [], band: LEAST_BAND, spread: 1 });
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

  test("has a narrower band, and no smaller spread, where the same twins scatter more", () => {
    const steady = noiseFloor(twins([around(100, 1), around(115, 1)]));
    const scattered = noiseFloor(twins([around(100, 8), around(115, 8)]));
    expect(steady.spread).toBeCloseTo(1.15, 2);
    expect(scattered.spread).toBeCloseTo(1.15, 2);
    expect(steady.band).toBeGreaterThan(1.1);
    expect(scattered.band).toBe(LEAST_BAND);
  });

  test("has the spread of those twins that differ most, whichever is slower", () => {
    const [a, b, c] = [around(100, 1), around(110, 1), around(130, 1)];
    for (const pairs of [
      [[a, b] as const, [a, c] as const],
      [[c, a] as const, [b, a] as const],
    ])
      expect(noiseFloor(twins(...pairs)).spread).toBeCloseTo(1.3, 2);
  });

  test("learns nothing from twins with one block each", () => {
    const { twins: found, band } = noiseFloor(twins([[100], [200]]));
    expect(found).toHaveLength(1);
    expect(band).toBe(LEAST_BAND);
  });
});
