import { BROKEN_KIND } from "@ticketlock/core";
import { describeEnvironment } from "../environment/environment.ts";
import { type Cell, cellKey } from "../plan/cell.ts";
import type { Preset } from "../plan/presets.ts";
import { makeReport, unmeasured } from "../report/make-report.ts";
import type { ConformanceRow, Report } from "../report/report.ts";
import { runBlocks } from "../run/run-blocks.ts";
import { pairedOrder } from "./paired-order.ts";
import type { Tree } from "./tree.ts";

/** What is asked of a tree while it is measured. */
export type MeasurableTree = Pick<Tree, "name" | "root" | "catalogue" | "measure">;

/** A tree, and how its locks did in the conformance suite. */
export interface CheckedTree {
  readonly tree: MeasurableTree;
  readonly conformance: readonly ConformanceRow[];
}

/** How two trees are measured. */
export interface MeasurePairOptions {
  readonly cells: readonly Cell[];
  readonly leftOut: readonly Cell[];
  readonly preset: Preset;
  readonly seed: number;
  readonly argv: readonly string[];
  /** By `performance.now()`: the preset's budget counts from there. */
  readonly startedMs: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * Measures the same cells in two trees, block by block in turn, each block in a fresh process, and gives the
 * report of each. The control lock that lets two in has one block in each tree, before all others, as in every run. When the time is up or the run is called off, both are partial.
 */
export async function measurePair(
  trees: readonly [CheckedTree, CheckedTree],
  { cells, leftOut, preset, seed, argv, startedMs, signal, say }: MeasurePairOptions,
): Promise<readonly [a: Report, b: Report]> {
  const startedAt = new Date().toISOString();
  const beganMs = performance.now();
  const sourceOf = (tree: MeasurableTree, cell: Cell) => ({
    name: `${tree.name} ${cellKey(cell)}`,
    cell,
    measure: (seed: number) => tree.measure(cell, { preset, seed, signal }),
  });
  const pairs = cells.map(
    (cell) => [sourceOf(trees[0].tree, cell), sourceOf(trees[1].tree, cell)] as const,
  );
  const isControl = (pair: (typeof pairs)[number]): boolean => pair[0].cell.lock === BROKEN_KIND;
  const order = [
    ...pairs.filter(isControl).flat(),
    ...pairedOrder(
      pairs.filter((pair) => !isControl(pair)),
      preset.blocks,
      seed,
    ),
  ];
  const { measured, partial } = await runBlocks(order, {
    seed,
    budgetMs: preset.budgetMs,
    startedMs,
    signal,
    onProgress: say,
  });
  const tookMs = Math.round(performance.now() - beganMs);
  const reportOf = ({ tree, conformance }: CheckedTree, side: 0 | 1): Report => {
    const runs = pairs.map((pair) => ({ cell: pair[side].cell, ...measured.get(pair[side])! }));
    const versions: Record<string, string> = Object.assign(
      {},
      ...tree.catalogue.map((entry) => entry.versions),
    );
    return makeReport(preset, {
      environment: { ...describeEnvironment(tree.root, argv, versions), startedAt, tookMs },
      seed,
      partial,
      conformance,
      peers: [],
      leftOut: leftOut.map(cellKey),
      notMeasured: unmeasured(runs),
      runs,
    });
  };
  return [reportOf(trees[0], 0), reportOf(trees[1], 1)];
}
