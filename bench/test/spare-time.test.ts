import { describe, expect, test } from "vitest";
import { cellsForSpareTime, type Spare } from "../src/plan/spare-time.ts";
import { type BlockSource, runBlocks } from "../src/run/run-blocks.ts";
import { sampleBlock, sampleCell } from "./sample-report.ts";

describe("cellsForSpareTime", () => {
  const spare = (contenders: number, expectedMs: number): Spare => ({
    cell: sampleCell({ contenders }),
    expectedMs,
  });
  const chosen = (
    spares: readonly Spare[],
    standing: { leftMs: number; neededMs: number; slowness: number },
  ): number[] => cellsForSpareTime(spares, standing).map(({ contenders }) => contenders);

  test("takes what fits beside all that is planned, the first ones first", () => {
    const spares = [spare(1, 4_000), spare(2, 20_000), spare(3, 5_000), spare(4, 5_000)];
    const standing = { leftMs: 100_000, neededMs: 80_000, slowness: 1 };
    // 100 s less a reserve of 4 % and 5 s, and 80 s: the second takes longer, then one is left that fits.
    expect(chosen(spares, standing)).toEqual([1, 3]);
  });

  test("reckons with a machine that is slower or faster than the plan", () => {
    const spares = [spare(1, 5_000), spare(2, 5_000)];
    expect(chosen(spares, { leftMs: 100_000, neededMs: 82_000, slowness: 0.9 })).toEqual([1, 2]);
    expect(chosen(spares, { leftMs: 100_000, neededMs: 82_000, slowness: 2 })).toEqual([]);
  });

  test("takes nothing where the run is late", () => {
    const late = { leftMs: 50_000, neededMs: 80_000, slowness: 1 };
    expect(chosen([spare(1, 1)], late)).toEqual([]);
  });
});

describe("runBlocks", () => {
  const measured: string[] = [];
  const source = (name: string): BlockSource => ({
    name,
    measure: async () => {
      measured.push(name);
      return sampleBlock(100);
    },
  });
  const options = {
    seed: 1,
    budgetMs: 60_000,
    startedMs: performance.now(),
    signal: new AbortController().signal,
    onProgress: () => {},
  };

  test("goes on with another order once the first blocks have told how long they take", async () => {
    measured.length = 0;
    const [a, b, c] = [source("a"), source("b"), source("c")];
    const asked: { names: string[]; leftMs: number }[] = [];
    const lines: string[] = [];
    const result = await runBlocks([a, b, a, b], {
      ...options,
      onProgress: (line) => void lines.push(line),
      replanning: {
        after: 2,
        rest: (tookMs, leftMs) => {
          asked.push({ names: [...tookMs.keys()].map(({ name }) => name), leftMs });
          return [c, b, c, a];
        },
      },
    });
    expect(measured).toEqual(["a", "b", "c", "b", "c", "a"]);
    expect(asked).toHaveLength(1);
    expect(asked[0]!.names).toEqual(["a", "b"]);
    expect(asked[0]!.leftMs).toBeLessThan(options.budgetMs);
    expect(result.partial).toBe(false);
    expect(result.measured.get(c)!.blocks).toHaveLength(2);
    expect(lines.map((line) => /\[(\d\/\d)\]/.exec(line)![1])).toEqual([
      "1/4",
      "2/4",
      "3/6",
      "4/6",
      "5/6",
      "6/6",
    ]);
  });

  test("is not asked for another order where there was one round only", async () => {
    const only = source("only");
    const rest = (): never => {
      throw new Error("There is no rest.");
    };
    const { measured: blocks } = await runBlocks([only], {
      ...options,
      replanning: { after: 1, rest },
    });
    expect(blocks.get(only)!.blocks).toHaveLength(1);
  });
});
