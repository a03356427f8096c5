import { describe, expect, test } from "vitest";
import { candidates } from "../src/plan/candidates.ts";
import { cellKey, STEADY } from "../src/plan/cell.ts";
import { blockOrder } from "../src/plan/plan.ts";
import { presets } from "../src/plan/presets.ts";
import { peerCandidates } from "../src/peers/peer-cells.ts";
import { entry, planFor } from "./sample-plan.ts";

describe("blockOrder", () => {
  const { blocks, curve } = presets.quick;
  const five = { blocks, curve, otherBlocks: blocks };
  const { cells } = planFor(presets.quick, 1);

  const measured = cells.filter((cell) => cell.lock !== "broken");
  const steady = measured.filter((cell) => cell.scenario === STEADY);

  test("holds every cell once in each round, the broken control before the first, and repeats with its seed", () => {
    const [control, ...rounds] = blockOrder(cells, five, 42);
    expect(control!.map(({ lock }) => lock)).toEqual(["broken"]);
    expect(rounds).toHaveLength(5);
    expect(new Set(rounds[0])).toEqual(new Set(measured));
    for (const round of rounds)
      expect(new Set(round.filter((cell) => cell.scenario === STEADY))).toEqual(new Set(steady));
    expect(blockOrder(cells, five, 42)).toEqual([control, ...rounds]);
  });

  test("is the plan's without a seed, the most telling cell first", () => {
    const undrawn = measured.filter((cell) => cell.scenario !== "line-up");
    expect(blockOrder(cells, { ...five, blocks: 2, otherBlocks: 2 }, undefined).slice(1)).toEqual([
      measured,
      undrawn,
    ]);
  });

  test("draws a picture in the first round only, and describes a scenario in three at most", () => {
    const [, ...rounds] = blockOrder(planFor(presets.full, 1).cells, five, 42);
    const roundsOf = (name: string): number =>
      rounds.filter((round) => round.some((cell) => cell.scenario === name)).length;
    expect([roundsOf("line-up"), roundsOf("hog"), roundsOf(STEADY)]).toEqual([1, 3, 5]);
  });

  test("has few rounds of what is there for a growth curve only, and all of them of gates", () => {
    const plan = planFor(presets.standard, 6);
    expect(plan.rounds.otherBlocks).toBeLessThan(presets.standard.blocks);
    const rounds = blockOrder(plan.cells, { ...plan.rounds, otherBlocks: 6 }, 42);
    const roundsOf = (contenders: number): number =>
      rounds.filter((round) =>
        round.some(
          (cell) =>
            cell.role === "lock" && cell.scenario === STEADY && cell.contenders === contenders,
        ),
      ).length;
    expect([1, 2, 3, 4, 6, 8].map(roundsOf)).toEqual([12, 12, 4, 6, 4, 6]);
  });

  test("spreads the blocks of a cell that has few over the whole run", () => {
    const plan = planFor(presets.standard, 6);
    const [, ...rounds] = blockOrder(plan.cells, { ...plan.rounds, otherBlocks: 4 }, 42);
    const roundsOf = (key: string): number[] =>
      rounds.flatMap((round, i) => (round.some((cell) => cellKey(cell) === key) ? [i] : []));
    expect(roundsOf("node/a0/none/memory/counter/x2/0us")).toEqual([0, 3, 6, 9]);
    expect(roundsOf("node/a0/first/memory/counter/x4/100us/crash")).toEqual([0, 4, 8]);
    expect(roundsOf("node/a0/first/memory/counter/x2/0us")).toHaveLength(12);
  });

  test("differs between rounds and between seeds", () => {
    const [, first, second] = blockOrder(cells, { ...five, blocks: 2, otherBlocks: 2 }, 42);
    expect(first).not.toEqual(second);
    expect(blockOrder(cells, { ...five, blocks: 1, otherBlocks: 1 }, 43)[1]).not.toEqual(first);
  });
});

test.each([1, 3])("quick measures at least two cells twice with %i adapters", (adapters) => {
  const { cells } = planFor(presets.quick, adapters);
  const keys = new Set(cells.map(cellKey));
  const twins = cells.filter((cell) => cell.twin > 0);
  expect(twins.length).toBeGreaterThanOrEqual(2);
  for (const twin of twins) expect(keys).toContain(cellKey({ ...twin, twin: 0 }));
});

test("peers come after everything that was selected", () => {
  const selection = { locks: ["first"] };
  const own = candidates(entry("a"), presets.quick, selection).map(({ priority }) => priority);
  const others = peerCandidates(presets.quick, selection).map(({ priority }) => priority);
  expect(Math.min(...others)).toBeGreaterThan(Math.max(...own));
});
