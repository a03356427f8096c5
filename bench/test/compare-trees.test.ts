import { BROKEN_KIND } from "@ticketlock/core";
import { describe, expect, test } from "vitest";
import type { Cell } from "../src/plan/cell.ts";
import { presets } from "../src/plan/presets.ts";
import type { BlockResult } from "../src/run/block.ts";
import { compareTrees, type TreesComparison } from "../src/worktree/compare-trees.ts";
import type { MeasurableTree } from "../src/worktree/measure-pair.ts";
import { pairedOrder } from "../src/worktree/paired-order.ts";
import { treesLines, treesMarkdown } from "../src/worktree/trees-lines.ts";
import { cellKey, sampleBlock, sampleCell } from "./sample-report.ts";

const alone = sampleCell({ contenders: 1, gate: true });
const contended = sampleCell({ gate: true });
const cells = [contended, { ...contended, twin: 1 }, alone, { ...alone, twin: 1 }];
const control = sampleCell({ lock: BROKEN_KIND, role: "control" });
const BLOCKS = presets.quick.blocks;
/** Where a block's time lies around the cell's, so that intervals have a width. */
const SCATTER = [0.998, 1.001, 1, 1.002, 0.999];

type Times = (key: string, block: number) => number;

/** A tree whose blocks take what they are told to; of each cell they are counted from 0 on. */
function treeOf(
  name: string,
  times: Times,
  wrong: { lost?: number; controlLost?: number } = {},
): MeasurableTree {
  const seen = new Map<string, number>();
  return {
    name,
    root: "/nowhere",
    catalogue: [],
    measure: (cell): Promise<BlockResult> => {
      const key = cellKey(cell);
      const block = seen.get(key) ?? 0;
      seen.set(key, block + 1);
      const { lost = 0, controlLost = 9 } = wrong;
      const ns = times(key, block) * SCATTER[block % BLOCKS]!;
      return Promise.resolve(sampleBlock(ns, { lost: cell === control ? controlLost : lost }));
    },
  };
}

const steady: Times = (key) => (key.includes("/x1/") ? 12 : 60);

async function compared(
  fresh: MeasurableTree,
  options: { signal?: AbortSignal; budgetMs?: number; cells?: readonly Cell[] } = {},
): Promise<{ result: TreesComparison; said: string[] }> {
  const said: string[] = [];
  const checked = (tree: MeasurableTree) => ({ tree, conformance: [] });
  const result = await compareTrees([checked(treeOf("v1", steady)), checked(fresh)], {
    cells: options.cells ?? cells,
    leftOut: [],
    preset: { ...presets.quick, budgetMs: options.budgetMs ?? presets.quick.budgetMs },
    seed: 7,
    argv: ["compare", "--worktree", "v1"],
    startedMs: performance.now(),
    signal: options.signal ?? new AbortController().signal,
    say: (line) => said.push(line),
  });
  return { result, said };
}

describe("compareTrees", () => {
  test("measures each cell in both trees as often as the preset has blocks, and once where nothing is slower", async () => {
    const { result, said } = await compared(treeOf("this tree", steady));
    expect(result).toMatchObject({ verdict: "passed", slower: [], again: undefined });
    expect(said).toHaveLength(cells.length * 2 * BLOCKS);
    for (const { cells: measured } of [result.first.a, result.first.b])
      expect(measured.map(({ key, blocks }) => [key, blocks.length])).toEqual(
        cells.map((cell) => [cellKey(cell), BLOCKS]),
      );
    expect(treesLines(result)[0]).toBe("Passed, no gate is slower: 2 gates: 2 ties.");
  });

  test("says slower of what is so in both of two measurements", async () => {
    const slow: Times = (key, block) => steady(key, block) * (key.includes("/x2/") ? 1.2 : 1);
    const { result } = await compared(treeOf("this tree", slow));
    expect(result.verdict).toBe("slower");
    expect(result.slower).toEqual([cellKey(contended)]);
    const lines = treesLines(result);
    expect(lines[0]).toMatch(/^Slower in both of two measurements: .*\/x2\/0us\.$/);
    expect(lines.join("\n")).not.toContain("These reports were stored");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  test("measures again only what was slower, beside the twins, in blocks of their own", async () => {
    const slow: Times = (key, block) => steady(key, block) * (key.includes("/x2/") ? 1.2 : 1);
    const { result } = await compared(treeOf("this tree", slow));
    const again = result.again!;
    expect(again.a.seed).not.toBe(result.first.a.seed);
    expect(again.a.cells.filter(({ gate }) => gate).map(({ key }) => key)).toEqual([
      cellKey(contended),
    ]);
    expect(again.b.cells.map(({ blocks }) => blocks.length)).toEqual(cells.map(() => BLOCKS));
  });

  test("passes what is slower in the first measurement only, and tells both", async () => {
    const once: Times = (key, block) =>
      steady(key, block) * (key.includes("/x2/") && block < BLOCKS ? 1.2 : 1);
    const { result } = await compared(treeOf("this tree", once));
    expect(result).toMatchObject({ verdict: "passed", slower: [] });
    const text = treesLines(result).join("\n");
    expect(text).toMatch(
      /^Passed\. Slower in the first of two measurements, but not in the\s+second/,
    );
    expect(text).toContain("x1.200");
    expect(text).toContain("x1.000");
  });

  test("tries in each tree, once and before all else, whether its counters count", async () => {
    const slow: Times = (key, block) => steady(key, block) * (key.includes("/x2/") ? 1.2 : 1);
    const { result, said } = await compared(treeOf("this tree", slow), {
      cells: [...cells, control],
    });
    const key = cellKey(control);
    expect(said.slice(0, 2)).toEqual([
      expect.stringContaining(`v1 ${key}`),
      expect.stringContaining(`this tree ${key}`),
    ]);
    for (const { a, b } of [result.first, result.again!])
      for (const { cells: measured } of [a, b])
        expect(measured.find((cell) => cell.key === key)!.blocks).toHaveLength(1);
    expect(treesLines(result).join("\n")).not.toContain("no control lock");
  });

  test("does not pass a tree in which the control lock was not caught", async () => {
    const { result } = await compared(treeOf("this tree", steady, { controlLost: 0 }), {
      cells: [...cells, control],
    });
    expect(result.verdict).toBe("unproven");
    expect(treesLines(result)[0]).toMatch(/^Not passed: nothing shows that B is right/);
  });

  test("says wrong of a tree of which blocks fail that do not in the old one", async () => {
    const fails: Times = (key, block) => {
      if (key === cellKey(contended) && block === 1) throw new Error("it hung");
      return steady(key, block);
    };
    const { result } = await compared(treeOf("this tree", fails));
    expect(result).toMatchObject({ verdict: "wrong", again: undefined });
    expect(treesLines(result).join(" ")).toContain("1 of 5 blocks failed in B, none in A: it hung");
  });

  test("says wrong of a tree that loses updates, and does not measure it again", async () => {
    const { result } = await compared(
      treeOf("this tree", (...of) => steady(...of) / 2, { lost: 2 }),
    );
    expect(result).toMatchObject({ verdict: "wrong", again: undefined });
  });

  test("compares nothing where the time is up", async () => {
    const { result } = await compared(treeOf("this tree", steady), { budgetMs: 1 });
    expect(result.verdict).toBe("incomparable");
    expect(result.first.b.partial).toBe(true);
  });

  test("stops between two blocks when it is called off, and gives what there is as partial", async () => {
    const stop = new AbortController();
    const tree = treeOf("this tree", (key, block) => {
      if (block === 3) stop.abort();
      return steady(key, block) * 2;
    });
    const { result } = await compared(tree, { signal: stop.signal });
    expect(result.again).toBeUndefined();
    expect(result.first.a.partial).toBe(true);
    expect(result.first.a.cells.length).toBeGreaterThan(0);
  });
});

test("treesMarkdown says what was compared, and how to do it again", async () => {
  const { result } = await compared(treeOf("this tree", steady));
  const text = treesMarkdown("v1", result);
  expect(text).toMatch(/^# .* compared with v1\n/);
  expect(text).toContain("`pnpm bench compare --worktree v1`");
  expect(text).toContain("Passed, no gate is slower");
});

describe("pairedOrder", () => {
  const pairs = ["a", "b", "c", "d"].map((name) => [`old ${name}`, `new ${name}`] as const);
  const order = pairedOrder(pairs, 6, 11);

  test("holds each pair once in every round, its two side by side", () => {
    expect(order).toHaveLength(48);
    for (let round = 0; round < 6; round++) {
      const inRound = order.slice(round * 8, round * 8 + 8);
      expect([...inRound].sort()).toEqual(pairs.flat().sort());
      for (let i = 0; i < 8; i += 2) expect(inRound[i]!.slice(4)).toBe(inRound[i + 1]!.slice(4));
    }
  });

  test("lets either of a pair go first as often as the other", () => {
    for (const [old, fresh] of pairs) {
      const firsts = order.filter((_, i) => i % 2 === 0);
      expect(firsts.filter((name) => name === old)).toHaveLength(3);
      expect(firsts.filter((name) => name === fresh)).toHaveLength(3);
    }
  });

  test("gives the same order for the same seed, another one for another", () => {
    expect(pairedOrder(pairs, 6, 11)).toEqual(order);
    expect(pairedOrder(pairs, 6, 12)).not.toEqual(order);
  });
});
