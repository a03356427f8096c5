import { duration } from "../report/format.ts";
import type { BlockResult } from "./block.ts";

/** Left at the end of the budget for statistics and files. */
const REPORT_MS = 3_000;

/** Something that blocks are measured of: a cell, in one tree. */
export interface BlockSource {
  /** For the progress lines. */
  readonly name: string;
  readonly measure: (seed: number) => Promise<BlockResult>;
}

/** What became of a source's blocks. */
export interface MeasuredBlocks {
  readonly blocks: readonly BlockResult[];
  readonly failures: readonly string[];
}

/** What becomes of the rest of an order once its first blocks are measured. */
export interface Replanning<Source> {
  /** After so many blocks. */
  readonly after: number;
  /**
   * @param tookMs - what the last block of each source has taken
   * @param leftMs - what is left of the budget for blocks
   * @returns the rest of the order
   */
  readonly rest: (tookMs: ReadonlyMap<Source, number>, leftMs: number) => readonly Source[];
}

/** How a run's blocks are measured, and for how long. */
export interface RunBlocksOptions<Source> {
  readonly seed: number;
  readonly budgetMs: number;
  /** By `performance.now()`: the budget counts from there. */
  readonly startedMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
  /** Absent: all is done as ordered. */
  readonly replanning?: Replanning<Source>;
}

/**
 * Measures blocks one after the other, in the order given. A block that fails costs itself only; when the
 * time is up or the run is called off, what there is remains.
 *
 * @param order - a source as often as it has blocks
 * @returns each source's blocks, and whether some were not measured any more
 */
export async function runBlocks<Source extends BlockSource>(
  order: readonly Source[],
  { seed, budgetMs, startedMs, signal, onProgress, replanning }: RunBlocksOptions<Source>,
): Promise<{ readonly measured: ReadonlyMap<Source, MeasuredBlocks>; readonly partial: boolean }> {
  const nothing = () => ({ blocks: [] as BlockResult[], failures: [] as string[] });
  const measured = new Map(order.map((source) => [source, nothing()]));
  const tookMs = new Map<Source, number>();
  let sources = order;
  let longestMs = 0;
  for (let i = 0; i < sources.length; i++) {
    const leftMs = budgetMs - REPORT_MS - (performance.now() - startedMs);
    if (i === replanning?.after) {
      sources = [...sources.slice(0, i), ...replanning.rest(tookMs, leftMs)];
      for (const each of sources) if (!measured.has(each)) measured.set(each, nothing());
    }
    const source = sources[i]!;
    const total = sources.length;
    if (signal.aborted || leftMs < longestMs) return { measured, partial: true };
    const { blocks, failures } = measured.get(source)!;
    const beforeMs = performance.now();
    const progress = (what: string): void =>
      onProgress(
        `[${String(i + 1).padStart(String(total).length)}/${total}] ${source.name}: ${what}`,
      );
    try {
      const result = await source.measure(seed + i);
      blocks.push(result);
      progress(`${duration(result.meanNs)}/op`);
    } catch (error) {
      if (signal.aborted) return { measured, partial: true };
      const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      const why = line.replace(/^Error: /, "");
      failures.push(why);
      progress(`failed: ${why}`);
    }
    tookMs.set(source, performance.now() - beforeMs);
    longestMs = Math.max(longestMs, tookMs.get(source)!);
  }
  return { measured, partial: false };
}
