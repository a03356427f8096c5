import { expect, test } from "vitest";
import type { Cell } from "../src/plan/cell.ts";
import { buildCells, type CellRun } from "../src/report/build.ts";
import {
  type CostSteps,
  costSteps,
  stepText,
  whyUnlockedIsSlower,
} from "../src/report/cost-steps.ts";
import { runNoise } from "../src/report/run-noise.ts";
import { sampleBlock, sampleCell } from "./sample-report.ts";

function run(part: Partial<Cell>, ns: number): CellRun {
  const blocks = [0.99, 1, 1.01].map((factor) => sampleBlock(factor * ns));
  return { cell: sampleCell(part), blocks, failures: [] };
}

/** Of a lock of 60 ns with one contender doing it for all in 5 ns. */
function stepsWith(unlockedNs: number, ...more: readonly CellRun[]): CostSteps {
  const cells = buildCells(
    [
      run({}, 60),
      run({ lock: "none", role: "control" }, unlockedNs),
      run({ lock: "oracle", role: "control" }, 5),
      ...more,
    ],
    2,
  );
  return costSteps([cells[0]!], cells, runNoise(cells)).get(cells[0]!.key)!;
}

const line = (ns: number): CellRun => run({ lock: "private-line", role: "control" }, ns);

test("costSteps have intervals, and are ties where they cannot be told from nothing", () => {
  const { serialization, lockTax } = stepsWith(10);
  expect(serialization.ratio.value).toBeCloseTo(0.5, 6);
  expect(serialization.ratio.low).toBeGreaterThan(0.45);
  expect(serialization.ratio.high).toBeLessThan(0.55);
  expect([serialization.isApart, lockTax.isApart]).toEqual([true, true]);
  expect(stepsWith(5.05).serialization.isApart).toBe(false);
});

test("alone there is no step from unlocked to the oracle, which are one cell", () => {
  const cells = buildCells(
    [run({ contenders: 1 }, 20), run({ contenders: 1, lock: "none", role: "control" }, 2)],
    2,
  );
  const { serialization, lockTax } = costSteps([cells[0]!], cells, runNoise(cells)).get(
    cells[0]!.key,
  )!;
  expect(stepText(0, serialization)).toBe("-");
  expect(stepText(18, lockTax)).toMatch(/^\+18\.0 ns \(x10\.0 \+-\d\.\d%\)$/);
});

test("a fight over a cache line is told only beside contenders with a line each", () => {
  expect(whyUnlockedIsSlower(stepsWith(10))).toMatch(
    /^unlocked may be slower .* not measured here$/,
  );
  expect(whyUnlockedIsSlower(stepsWith(10, line(2.5)))).toBe(
    "unlocked, contenders fight over a cache line: with a line each they are x4.00 as fast",
  );
  expect(whyUnlockedIsSlower(stepsWith(10, line(9.9)))).toMatch(/^that is no fight/);
});

test("nothing is explained where unlocked is no slower, or cannot be told to be", () => {
  expect(whyUnlockedIsSlower(stepsWith(2))).toBeUndefined();
  expect(whyUnlockedIsSlower(stepsWith(5.05, line(1)))).toBeUndefined();
});
