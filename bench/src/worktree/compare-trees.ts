import { BROKEN_KIND } from "@ticketlock/core";
import { type Comparison, compareReports } from "../compare/compare-reports.ts";
import { type Cell, cellKey } from "../plan/cell.ts";
import type { Report } from "../report/report.ts";
import { type CheckedTree, measurePair, type MeasurePairOptions } from "./measure-pair.ts";

/** Two reports of one run, and what they come to. */
export interface Pass {
  readonly a: Report;
  readonly b: Report;
  readonly comparison: Comparison;
}

/** What became of the gates from the old tree to the new one. */
export interface TreesComparison {
  readonly first: Pass;
  /** What was slower in the first pass, measured again in fresh processes; absent where nothing was. */
  readonly again: Pass | undefined;
  /** Keys of the gates that were slower in both. */
  readonly slower: readonly string[];
  /** `slower` only where a gate was slower in both passes. */
  readonly verdict: Comparison["verdict"];
}

/**
 * Measures the gates of two trees in one run, by turns, and compares them. What is slower is measured once
 * more, which was decided before the first block: slower is only what is so in both passes.
 */
export async function compareTrees(
  trees: readonly [CheckedTree, CheckedTree],
  options: MeasurePairOptions,
): Promise<TreesComparison> {
  const { signal, say, seed, cells } = options;
  const first = await measurePass(trees, options);
  const suspects = slowerIn(first.comparison);
  if (first.comparison.verdict !== "slower" || signal.aborted)
    return { first, again: undefined, slower: [], verdict: first.comparison.verdict };
  say(`Slower at first: ${suspects.join(", ")}; measured again, in fresh processes.`);
  const again = await measurePass(trees, {
    ...options,
    cells: cellsAgain(cells, suspects),
    seed: (seed + 1) & 0x7fff_ffff,
    startedMs: performance.now(),
  });
  const slower = slowerInBoth(first.comparison, again.comparison);
  const { verdict } = again.comparison;
  return {
    first,
    again,
    slower,
    verdict: verdict === "slower" && slower.length === 0 ? "passed" : verdict,
  };
}

async function measurePass(
  trees: readonly [CheckedTree, CheckedTree],
  options: MeasurePairOptions,
): Promise<Pass> {
  const [a, b] = await measurePair(trees, options);
  return { a, b, comparison: compareReports(a, b, { allowDifferentMachine: false }) };
}

/**
 * The gates that both of two comparisons call slower. The second one has no gates but those that the first one
 * called slower, so that its levels are for these only: a single one is judged at the plain 95 %.
 */
export function slowerInBoth(first: Comparison, again: Comparison): string[] {
  const suspects = slowerIn(first);
  return slowerIn(again).filter((key) => suspects.includes(key));
}

function slowerIn({ gates }: Comparison): string[] {
  return gates.filter(({ decision }) => decision === "slower").map(({ key }) => key);
}

/** What was slower, as gates; the twins, for the band; and of the same adapters the lock that must be caught. */
function cellsAgain(cells: readonly Cell[], suspects: readonly string[]): Cell[] {
  const twins = new Set(
    cells.filter(({ twin }) => twin > 0).map((cell) => cellKey({ ...cell, twin: 0 })),
  );
  const isSuspect = (cell: Cell): boolean => suspects.includes(cellKey(cell));
  const adapters = new Set(cells.filter(isSuspect).map(({ adapter }) => adapter));
  return cells
    .filter(
      (cell) =>
        isSuspect(cell) ||
        twins.has(cellKey({ ...cell, twin: 0 })) ||
        (cell.lock === BROKEN_KIND && adapters.has(cell.adapter)),
    )
    .map((cell) => ({ ...cell, gate: isSuspect(cell) }));
}
