import { expect, test } from "vitest";
import { randomNumbers } from "../src/plan/shuffle.ts";
import { Arrivals } from "../src/workloads/arrivals.ts";

test("Arrivals of a closed load are when the last operation is over", () => {
  const arrivals = new Arrivals({ kind: "closed", thinkSections: 0 }, 100n, 0, randomNumbers(1));
  expect([arrivals.next(7n), arrivals.next(5_000n)]).toEqual([7n, 5_000n]);
});

test("Arrivals of an open load come at the asked rate, whenever operations end, with a Poisson process's scatter", () => {
  const perS = 1_000;
  const arrivals = new Arrivals({ kind: "open", share: 0.5 }, 0n, perS, randomNumbers(3));
  const count = 20_000;
  const times = Array.from({ length: count }, () => Number(arrivals.next(10n ** 15n)));
  const gaps = times.map((time, i) => time - (times[i - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / count;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / count;
  expect(mean / (1e9 / perS)).toBeCloseTo(1, 1);
  expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1); // exponential: deviation and mean are the same
  expect(times.every((time, i) => time >= (times[i - 1] ?? 0))).toBe(true);
});

test("Arrivals of a burst come so many at once, and then not until the next", () => {
  const burst = { kind: "burst", size: 3, everyMs: 10 } as const;
  const arrivals = new Arrivals(burst, 5n, 0, randomNumbers(1));
  expect(Array.from({ length: 7 }, () => arrivals.next(0n))).toEqual([
    5n,
    5n,
    5n,
    10_000_005n,
    10_000_005n,
    10_000_005n,
    20_000_005n,
  ]);
});
