import { expect, test } from "vitest";
import { runToRunDeviation } from "../src/compare/run-to-run.ts";
import { type Simulation, simulator } from "./simulated-report.ts";

const PAIRS = 1_000;

function deviationOf(seed: number, how: Simulation): number | null {
  const simulate = simulator(seed);
  const cells = [1, 2].map((contenders) => ({ cell: { contenders }, meanNs: 20, scatter: 0.03 }));
  return runToRunDeviation(
    Array.from({ length: PAIRS }, () => [simulate(cells, how), simulate(cells, how)] as const),
  );
}

test.each([0.01, 0.02, 0.05])(
  "what all blocks of a run share is told apart from their own scatter: %d",
  (session) => {
    const deviation = deviationOf(7, { blocks: 5, session });
    expect(deviation).toBeGreaterThan(session * 0.85);
    expect(deviation).toBeLessThan(session * 1.15);
  },
);

test("where nothing is shared there is next to nothing left", () => {
  expect(deviationOf(8, { blocks: 5 })).toBeLessThan(0.005);
});

test("one block each says nothing", () => {
  expect(deviationOf(9, { blocks: 1 })).toBeNull();
});
