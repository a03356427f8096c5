import { describe, expect, test } from "vitest";
import { type Comparison, compareReports } from "../src/compare/compare-reports.ts";
import { presets } from "../src/plan/presets.ts";
import { geometricEstimate } from "../src/statistics/interval.ts";
import { normalNumbers, type Simulation, simulator, type TrueCell } from "./simulated-report.ts";

/*
 * Runs of which the truth is known, compared as a user's are, on a quiet machine: block means are taken to scatter
 * by 2 % alone and 5 % contended, and whole runs to differ by 1 %. Gates are those of six adapters: each default lock
 * alone and contended. compare-power.test.ts has machines that scatter more, or otherwise.
 */
const RUNS = 1_000;
const ALONE = 0.02;
const CONTENDED = 0.05;
const SESSION = 0.01;
const ADAPTERS = 6;
const STANDARD = presets.standard.blocks;
const QUICK = presets.quick.blocks;

interface Truth {
  readonly contendedScatter?: number;
  /** How much slower gate number so-and-so is; even ones are alone, odd ones contended. */
  readonly slowDown?: (gate: number) => number;
}

function cellsOf({ contendedScatter = CONTENDED, slowDown = () => 1 }: Truth): TrueCell[] {
  const scatter = (contenders: number): number => (contenders === 1 ? ALONE : contendedScatter);
  const gates = Array.from({ length: 2 * ADAPTERS }, (_, i) => {
    const contenders = 1 + (i % 2);
    return {
      cell: { adapter: `adapter-${i >> 1}`, contenders },
      meanNs: 20 * contenders * slowDown(i),
      scatter: scatter(contenders),
    };
  });
  const twins = Array.from({ length: 2 * presets.standard.twins }, (_, i) => {
    const contenders = 1 + ((i >> 1) % 2);
    return {
      cell: { lock: `twin-${i >> 1}`, contenders, gate: false, twin: i % 2 },
      meanNs: 30,
      scatter: scatter(contenders),
    };
  });
  return [...gates, ...twins];
}

/** Compares so many pairs of runs; B is as `truth` says, A without its slow-down. */
function compareRuns(seed: number, how: Simulation, truth: Truth = {}): Comparison[] {
  const simulate = simulator(seed);
  const { slowDown: _, ...same } = truth;
  const [before, after] = [cellsOf(same), cellsOf(truth)];
  return Array.from({ length: RUNS }, () =>
    compareReports(simulate(before, how), simulate(after, how), { allowDifferentMachine: false }),
  );
}

function shareOf<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.filter(holds).length / items.length;
}

const isSlower = ({ verdict }: Comparison): boolean => verdict === "slower";

describe.each([QUICK, STANDARD])(
  "intervals of %i blocks hold the truth 93 to 97 times in 100",
  (blocks) => {
    test.each([ALONE, CONTENDED, 0.2])("of a mean, at a scatter of %d", (scatter) => {
      const normal = normalNumbers(blocks);
      const runs = Array.from({ length: RUNS }, () =>
        geometricEstimate(Array.from({ length: blocks }, () => 24 * Math.exp(scatter * normal()))),
      );
      const covered = shareOf(runs, ({ low, high }) => low! <= 24 && 24 <= high!);
      expect(covered).toBeGreaterThanOrEqual(0.93);
      expect(covered).toBeLessThanOrEqual(0.97);
    });

    test.each([
      [ALONE, ALONE],
      [CONTENDED, CONTENDED],
      [ALONE, 0.1],
    ])("of a gate's ratio, at scatters of %d and %d", (first, second) => {
      const simulate = simulator(blocks);
      const run = (meanNs: number, scatter: number) => simulate([{ meanNs, scatter }], { blocks });
      const gates = Array.from(
        { length: RUNS },
        () =>
          compareReports(run(20, first), run(25, second), { allowDifferentMachine: false })
            .gates[0]!,
      );
      const covered = shareOf(gates, ({ ratio: { low, high } }) => low! <= 1.25 && 1.25 <= high!);
      expect(covered).toBeGreaterThanOrEqual(0.93);
      expect(covered).toBeLessThanOrEqual(0.97);
    });
  },
);

describe("runs of the same code", () => {
  test.each<[string, Simulation]>([
    ["quick", { blocks: QUICK, session: SESSION }],
    ["standard", { blocks: STANDARD, session: SESSION }],
    [
      "standard, where whole runs differ together",
      { blocks: STANDARD, session: SESSION, sharedSession: true },
    ],
    [
      "standard, where others disturb one block in ten",
      { blocks: STANDARD, session: SESSION, disturbed: 0.1 },
    ],
  ])("are called slower in fewer than 5 of 100 comparisons: %s", (_, how) => {
    const comparisons = compareRuns(1, how);
    expect(shareOf(comparisons, isSlower)).toBeLessThan(0.05);
    const faster = shareOf(comparisons, ({ gates }) =>
      gates.some(({ decision }) => decision === "faster"),
    );
    expect(faster).toBeLessThan(0.05);
  });

  // What a run's blocks share is in no interval of it: the band of 3 % has room for runs that differ by 1 %.
  test.each<[string, Simulation, share: number]>([
    ["each gate by itself", { blocks: STANDARD, session: 0.02 }, 0.18],
    ["all gates together", { blocks: STANDARD, session: 0.02, sharedSession: true }, 0.15],
    ["each gate by itself, in five blocks", { blocks: QUICK, session: 0.02 }, 0.07],
  ])(
    "are, a known limit, called slower or faster more than 5 times in 100 where whole runs differ by 2 %%: %s",
    (_, how, share) => {
      const decided = shareOf(compareRuns(8, how), ({ gates }) =>
        gates.some(({ decision }) => decision === "slower" || decision === "faster"),
      );
      expect(decided).toBeGreaterThan(0.05);
      expect(decided).toBeLessThan(0.2); // what comparisonLines tells the user
      expect(Math.abs(decided - share)).toBeLessThan(0.03);
    },
  );

  test("would be called slower far more often by plain 95 % intervals", () => {
    const comparisons = compareRuns(1, { blocks: STANDARD, session: SESSION });
    const plain = shareOf(comparisons, ({ gates }) =>
      gates.some(({ ratio: { value, low, high } }) => {
        // Student's t of 22 degrees of freedom at 95 % over that at Holm's first level.
        const margin = (Math.log(high! / low!) / 2) * (2.074 / 3.19);
        return Math.log(value) > margin;
      }),
    );
    expect(plain).toBeGreaterThan(0.2);
  });

  test("have gates that are called equivalent at least half of the time with standard", () => {
    for (const sharedSession of [false, true]) {
      const gates = compareRuns(2, { blocks: STANDARD, session: SESSION, sharedSession }).flatMap(
        (comparison) => comparison.gates,
      );
      for (const margin of [1.05, 1.1]) {
        const some = gates.filter(({ marginRatio }) => marginRatio === margin);
        expect(some).toHaveLength(RUNS * ADAPTERS);
        const equivalent = shareOf(some, ({ decision }) => decision === "equivalent");
        expect(equivalent).toBeGreaterThanOrEqual(0.5);
      }
    }
  });
});

describe("a slow-down of 10 % is found at least 90 times in 100 with standard", () => {
  const how = { blocks: STANDARD, session: SESSION };
  const found = (comparisons: readonly Comparison[], gate: number): number =>
    shareOf(comparisons, ({ gates }) => gates[gate]!.decision === "slower");

  test("at one gate of twelve that runs alone and scatters by 2 %", () => {
    const slowDown = (gate: number): number => (gate === 4 ? 1.1 : 1);
    expect(found(compareRuns(3, how, { slowDown }), 4)).toBeGreaterThanOrEqual(0.9);
  });

  test("at one contended gate of twelve that scatters by 3 %", () => {
    const slowDown = (gate: number): number => (gate === 5 ? 1.1 : 1);
    const comparisons = compareRuns(4, how, { slowDown, contendedScatter: 0.03 });
    expect(found(comparisons, 5)).toBeGreaterThanOrEqual(0.9);
  });

  test("where it slows every gate down, though contended ones scatter by 5 %", () => {
    const comparisons = compareRuns(5, how, { slowDown: () => 1.1 });
    expect(shareOf(comparisons, isSlower)).toBeGreaterThanOrEqual(0.9);
  });

  test("where it slows down all contended gates, which scatter by 5 %", () => {
    const slowDown = (gate: number): number => (gate % 2 === 1 ? 1.1 : 1);
    const comparisons = compareRuns(6, how, { slowDown });
    expect(shareOf(comparisons, isSlower)).toBeGreaterThanOrEqual(0.9);
  });

  // Half an interval of 12 blocks at Holm's first level of twelve gates is 3.2 x 5 % x sqrt(2 / 12) = 6.5 %, so
  // that with the band's 3 % a true 9.5 % (ln 1.1) is found every other time.
  test("but not at one contended gate of twelve that scatters by 5 %", () => {
    const slowDown = (gate: number): number => (gate === 5 ? 1.1 : 1);
    const share = found(compareRuns(7, how, { slowDown }), 5);
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.6);
  });
});
