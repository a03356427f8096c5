import type { Cell } from "../src/plan/cell.ts";
import { randomNumbers } from "../src/plan/shuffle.ts";
import type { Report, ReportCell } from "../src/report/report.ts";
import type { BlockResult } from "../src/run/block.ts";
import { withMean } from "../src/run/with-mean.ts";
import { sampleBlock, sampleCell, sampleReport } from "./sample-report.ts";

/** One cell as it truly is, and how its block means scatter. */
export interface TrueCell {
  readonly cell?: Partial<Cell>;
  readonly meanNs: number;
  /** Standard deviation of the logarithms of block means. */
  readonly scatter: number;
}

/** How a simulated run departs from what is true. */
export interface Simulation {
  readonly blocks: number;
  /** Standard deviation of what all blocks of a cell share within a run, as a logarithm. */
  readonly session?: number;
  /** True: the whole run shares it. */
  readonly sharedSession?: boolean;
  /** Share of blocks that others disturb, each of which takes a fifth more time. */
  readonly disturbed?: number;
}

/** Normally distributed numbers that repeat with their seed (G. Box, M. Muller, 1958). */
export function normalNumbers(seed: number): () => number {
  const random = randomNumbers(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const frame = sampleReport([]);
const block = sampleBlock(100);

/** A report whose cells took exactly so long in each block; their statistics are a sample's. */
export function reportOf(
  cells: readonly { cell?: Partial<Cell>; blocks: readonly BlockResult[] }[],
  part: Partial<Report> = {},
): Report {
  return {
    ...frame,
    preset: "standard",
    cells: cells.map(({ cell, blocks }) => ({ ...templateOf({ gate: true, ...cell }), blocks })),
    ...part,
  };
}

const templates = new Map<string, ReportCell>();

/** Building a cell merges histograms, and a simulation has thousands of cells. */
function templateOf(part: Partial<Cell>): ReportCell {
  const cell = sampleCell(part);
  const name = JSON.stringify(cell);
  const known = templates.get(name);
  if (known !== undefined) return known;
  const [built] = sampleReport([{ cell, blocks: [block], failures: [] }]).cells;
  templates.set(name, built!);
  return built!;
}

/** A block with this mean. */
export function blockOf(meanNs: number, contaminated = false): BlockResult {
  return { ...withMean(block, meanNs), contaminated };
}

/** Runs of the same true cells, one after the other, each with a scatter and a session of its own. */
export function simulator(seed: number): (cells: readonly TrueCell[], how: Simulation) => Report {
  const normal = normalNumbers(seed);
  const random = randomNumbers(seed + 1);
  return (cells, { blocks, session = 0, sharedSession = false, disturbed = 0 }) => {
    const shared = session * normal();
    return reportOf(
      cells.map(({ cell = {}, meanNs, scatter }) => {
        const shift = sharedSession ? shared : session * normal();
        return {
          cell,
          blocks: Array.from({ length: blocks }, () => {
            const isDisturbed = random() < disturbed;
            const log = shift + scatter * normal() + (isDisturbed ? Math.log(1.2) : 0);
            return blockOf(meanNs * Math.exp(log), isDisturbed);
          }),
        };
      }),
    );
  };
}
