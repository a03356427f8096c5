import process from "node:process";
import { peerOf } from "../peers/peer-cells.ts";
import type { PeerProgram, PeerPrograms } from "../peers/peer-programs.ts";
import { runPeer } from "../peers/run-peer.ts";
import { type Cell, cellKey } from "../plan/cell.ts";
import type { CatalogueEntry } from "../plan/catalogue.ts";
import type { Preset } from "../plan/presets.ts";
import { blockOrder, type Plan } from "../plan/plan.ts";
import type { CellRun } from "../report/build.ts";
import { runBlockJob } from "./block-job.ts";
import type { BlockResult } from "./block.ts";
import type { Cast } from "./prepare.ts";
import { runBlocks } from "./run-blocks.ts";
import { warmUpAlone } from "./warm-up.ts";

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
}

export interface CoordinatorResult {
  readonly runs: readonly CellRun[];
  /** Not every block was measured. */
  readonly partial: boolean;
}

/** Runs the blocks of a plan, in rounds that hold each cell once. */
export async function runPlan(options: CoordinatorOptions): Promise<CoordinatorResult> {
  const { plan, preset, seed } = options;
  const sources = new Map(
    plan.cells.map((cell) => [
      cell,
      {
        name: cellKey(cell),
        measure: (seed: number): Promise<BlockResult> => runBlock(cell, options, seed),
      },
    ]),
  );
  const order = blockOrder(plan.cells, preset.blocks, preset.conclusions ? seed : undefined);
  const { measured, partial } = await runBlocks(
    order.flat().map((cell) => sources.get(cell)!),
    { ...options, budgetMs: preset.budgetMs },
  );
  const none = { blocks: [], failures: [] };
  const runs = [...sources].map(([cell, source]) => ({
    cell,
    ...(measured.get(source) ?? none),
  }));
  return { runs, partial };
}

async function runBlock(
  cell: Cell,
  options: CoordinatorOptions,
  seed: number,
): Promise<BlockResult> {
  const { preset, casts, signal } = options;
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
