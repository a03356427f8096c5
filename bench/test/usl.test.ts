import * as fc from "fast-check";
import { levenbergMarquardt } from "ml-levenberg-marquardt";
import { describe, expect, test } from "vitest";
import { fitUsl, uslAt } from "../src/statistics/usl.ts";
import { normalNumbers } from "./simulated-report.ts";

const COUNTS = [1, 2, 3, 4, 6, 8, 12, 16];

function pointsOf(
  curve: { lambdaPerS: number; sigma: number; kappa: number },
  scatter: () => number = () => 0,
): { contenders: number; perS: number }[] {
  return COUNTS.map((contenders) => ({
    contenders,
    perS: uslAt(curve, contenders) * Math.exp(scatter()),
  }));
}

describe("fitUsl", () => {
  test("finds the curve on which the points lie", () => {
    fc.assert(
      fc.property(
        fc.record({
          lambdaPerS: fc.double({ min: 1e2, max: 1e9, noNaN: true }),
          sigma: fc.double({ min: 0, max: 20, noNaN: true }),
          kappa: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        (curve) => {
          const fit = fitUsl(pointsOf(curve))!;
          expect(fit.residual).toBeLessThan(1e-5);
          for (const { contenders, perS } of pointsOf(curve))
            expect(uslAt(fit, contenders) / perS).toBeCloseTo(1, 4);
          expect(fit.lambdaPerS / curve.lambdaPerS).toBeCloseTo(1, 4);
        },
      ),
    );
  });

  test("is as near to scattered points as a library's Levenberg-Marquardt fit", () => {
    const normal = normalNumbers(11);
    const curve = { lambdaPerS: 1e6, sigma: 0.3, kappa: 0.02 };
    for (let i = 0; i < 50; i++) {
      const points = pointsOf(curve, () => 0.05 * normal());
      const fit = fitUsl(points)!;
      // The same distances, on the library's way: what is measured over what the curve has is 1 everywhere.
      const oracle = levenbergMarquardt(
        { x: COUNTS, y: COUNTS.map(() => 1) },
        ([lambda = 0, sigma = 0, kappa = 0]) =>
          (n) =>
            points.find(({ contenders }) => contenders === n)!.perS /
            uslAt({ lambdaPerS: lambda * 1e6, sigma, kappa }, n),
        {
          initialValues: [1, 0.1, 0.01],
          minValues: [1e-3, 0, 0],
          maxIterations: 500,
          errorTolerance: 1e-12,
          damping: 0.01,
        },
      );
      const [lambda, sigma, kappa] = oracle.parameterValues;
      expect(fit.lambdaPerS / 1e6 / lambda!).toBeCloseTo(1, 2);
      expect(fit.sigma).toBeCloseTo(sigma!, 2);
      expect(fit.kappa).toBeCloseTo(kappa!, 3);
      const residual = Math.sqrt(oracle.parameterError / COUNTS.length);
      expect(fit.residual).toBeLessThanOrEqual(residual * (1 + 1e-6));
    }
  });

  test("has no negative parameter where throughput rises faster than the contenders", () => {
    const fit = fitUsl(COUNTS.map((contenders) => ({ contenders, perS: contenders ** 1.1 })))!;
    expect(fit).toMatchObject({ sigma: 0, kappa: 0 });
  });

  test("is null with fewer than 6 different counts, however many points there are", () => {
    const points = pointsOf({ lambdaPerS: 1e6, sigma: 0.1, kappa: 0 });
    expect(fitUsl(points.slice(0, 5))).toBeNull();
    expect(fitUsl([...points.slice(0, 5), ...points.slice(0, 5)])).toBeNull();
    expect(fitUsl(points.slice(0, 6))).not.toBeNull();
  });

  test("is null where the curve misses the points", () => {
    const zigzag = COUNTS.map((contenders, i) => ({ contenders, perS: i % 2 === 0 ? 1e6 : 1e5 }));
    expect(fitUsl(zigzag)).toBeNull();
  });
});
