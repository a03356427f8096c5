import process from "node:process";
import { BROKEN_KIND } from "@ticketlock/core";
import { peerOf } from "../peers/peer-cells.ts";
import type { PeerProgram, PeerPrograms } from "../peers/peer-programs.ts";
import { runPeer } from "../peers/run-peer.ts";
import { type Cell, cellKey } from "../plan/cell.ts";
import type { CatalogueEntry } from "../plan/catalogue.ts";
import type { Preset } from "../plan/presets.ts";
import { blockOrder, type Plan, windowsOf } from "../plan/plan.ts";
import { cellsForSpareTime, type Standing } from "../plan/spare-time.ts";
import type { CellRun } from "../report/build.ts";
import { runBlockJob } from "./block-job.ts";
import type { BlockResult } from "./block.ts";
import type { Cast } from "./prepare.ts";
import { sum } from "../statistics/total.ts";
import { type BlockSource, runBlocks } from "./run-blocks.ts";
import { usableBlock } from "./usable-block.ts";
import { warmUpAlone } from "./warm-up.ts";

/** What became of a block. */
export type BlockOutcome = { readonly block: BlockResult } | { readonly failure: string };

/** What a run of the blocks needs. */
export interface CoordinatorOptions {
  readonly plan: Plan;
  readonly preset: Preset;
  readonly seed: number;
  readonly casts: readonly Cast[];
  readonly programs: PeerPrograms;
  /** Lends its contenders to peers that have no program of their own. */
  readonly peerHost: Cast | undefined;
  /** When the command started, by `performance.now()`: the budget counts from there. */
  readonly startedMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
  /** Is told of each block as soon as it is measured or has failed; not of one that was called off. */
  readonly onBlock: (cell: Cell, outcome: BlockOutcome) => void;
}

/** What a run of the blocks has found. */
export interface CoordinatorResult {
  readonly runs: readonly CellRun[];
  /** Not every block was measured. */
  readonly partial: boolean;
  /** Cells that the plan had left out and for which there was time. */
  readonly added: readonly Cell[];
}

/** A cell as something that blocks are measured of. */
interface CellSource extends BlockSource {
  readonly cell: Cell;
}

/**
 * Runs the blocks of a plan, in rounds that hold each cell once. After the first round it is known how long blocks
 * take: where that leaves time, cells that the plan had left out come in. They have a first round of their own, and
 * then stand in every round with the others.
 */
export async function runPlan(options: CoordinatorOptions): Promise<CoordinatorResult> {
  const { plan, preset, seed } = options;
  const sources = new Map<Cell, CellSource>();
  const sourceOf = (cell: Cell): CellSource => {
    const source = sources.get(cell) ?? {
      name: cellKey(cell),
      cell,
      measure: (seed: number): Promise<BlockResult> => runAndTell(cell, options, seed),
    };
    sources.set(cell, source);
    return source;
  };
  for (const cell of plan.cells) sourceOf(cell);
  const rounds = blockOrder(plan.cells, plan.rounds, preset.conclusions ? seed : undefined);
  const [first, rest] = [rounds.slice(0, 2).flat(), rounds.slice(2).flat()];
  let added: readonly Cell[] = [];
  const { measured, partial } = await runBlocks([...first, ...rest].map(sourceOf), {
    ...options,
    budgetMs: preset.budgetMs,
    replanning: {
      after: first.length,
      rest: (tookMs, leftMs) => {
        added = cellsForSpareTime(plan.spares, standing(plan, rest.map(sourceOf), tookMs, leftMs));
        if (added.length === 0) return rest.map(sourceOf);
        options.onProgress(
          `Ahead of the plan, so there is time for: ${added.map(cellKey).join(", ")}`,
        );
        const [, own, ...later] = blockOrder([...plan.cells, ...added], plan.rounds, seed + 1);
        return [...own!.filter((cell) => added.includes(cell)), ...later.flat()].map(sourceOf);
      },
    },
  });
  const none = { blocks: [], failures: [] };
  const runs = [...sources].map(([cell, source]) => ({
    cell,
    ...(measured.get(source) ?? none),
  }));
  return { runs, partial, added };
}

/** Each block to come will take what its cell's first took. The broken control has no more to come, and takes as long as it takes. */
function standing(
  { blockMs }: Plan,
  rest: readonly CellSource[],
  tookMs: ReadonlyMap<CellSource, number>,
  leftMs: number,
): Standing {
  const known = [...tookMs].filter(([{ cell }]) => cell.lock !== BROKEN_KIND);
  const took = sum(known.map(([, ms]) => ms));
  const expected = sum(known.map(([{ cell }]) => blockMs.get(cell) ?? 0));
  return {
    leftMs,
    neededMs: sum(rest.map((source) => tookMs.get(source) ?? 0)),
    slowness: expected === 0 ? 1 : took / expected,
  };
}

async function runAndTell(
  cell: Cell,
  options: CoordinatorOptions,
  seed: number,
): Promise<BlockResult> {
  try {
    const block = usableBlock(await runBlock(cell, options, seed));
    options.onBlock(cell, { block });
    return block;
  } catch (error) {
    const [failure = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    if (!options.signal.aborted) options.onBlock(cell, { failure });
    throw error;
  }
}

async function runBlock(
  cell: Cell,
  options: CoordinatorOptions,
  seed: number,
): Promise<BlockResult> {
  const { casts, signal } = options;
  const preset = { ...options.preset, windows: windowsOf(cell, options.preset.windows) };
  const peer = cell.role === "peer" ? peerOf(cell) : undefined;
  if (peer !== undefined && peer.program !== "bench")
    return runPeerBlock(cell, peer.program, options);
  const cast =
    peer === undefined ? casts.find((each) => each.name === cell.adapter) : options.peerHost;
  if (cast === undefined) throw new Error(`Cannot measure ${cellKey(cell)}: its adapter is gone.`);
  const measured = peer === undefined ? cell : { ...cell, lock: peer.kind };
  return (await runBlockJob(cast.entries, measured, { preset, seed, signal })) as BlockResult;
}

async function runPeerBlock(
  cell: Cell,
  program: PeerProgram,
  { preset, programs, signal }: CoordinatorOptions,
): Promise<BlockResult> {
  const command = await programs.command(program);
  if ("missing" in command) throw new Error(command.missing);
  const warmUps = Math.ceil(warmUpAlone(preset.windowMs).mostMs / 2 / preset.windowMs);
  const { kind } = peerOf(cell);
  const { contenders } = cell;
  return runPeer(
    command,
    { kind, contenders, warmUps, windows: preset.windows, windowMs: preset.windowMs },
    signal,
  );
}

/** Versions of the runtimes and tools that a run uses; this process's own first. */
export async function runtimeVersions(
  programs: PeerPrograms,
  catalogue: readonly CatalogueEntry[],
): Promise<Record<string, string>> {
  const versions: Record<string, string> = Object.assign(
    { node: process.versions.node, v8: process.versions.v8 },
    ...catalogue.map((entry) => entry.versions),
  );
  for (const runtime of ["c", "python"] as const) {
    const command = await programs.command(runtime);
    if ("version" in command) versions[runtime] = command.version;
  }
  return versions;
}
