import os from "node:os";
import process from "node:process";
import { runJob } from "@ticketlock/harness";
import { peerOf } from "../peers/peer-cells.ts";
import type { PeerProgram, PeerPrograms } from "../peers/peer-programs.ts";
import { runPeer } from "../peers/run-peer.ts";
import { type Cell, cellKey } from "../plan/cell.ts";
import type { CatalogueEntry } from "../plan/catalogue.ts";
import type { Preset } from "../plan/presets.ts";
import { blockOrder, type Plan } from "../plan/plan.ts";
import type { CellRun } from "../report/build.ts";
import { duration } from "../report/format.ts";
import { type BlockInput, type BlockResult, warmUpOf } from "./block.ts";
import type { Cast } from "./prepare.ts";

const BLOCK_JOB = new URL("../jobs/block.ts", import.meta.url);
/** A block that takes so many times its windows is stuck. */
const LONGEST_BLOCK_MS = 60_000;
/** Left at the end of the budget for statistics and files. */
const REPORT_MS = 3_000;

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

/**
 * Runs the blocks of a plan, one after the other, in rounds that hold each cell once. A block that
 * fails costs itself only; when the time is up or the run is called off, what there is remains.
 */
export async function runPlan(options: CoordinatorOptions): Promise<CoordinatorResult> {
  const { plan, preset, seed, signal, onProgress, startedMs } = options;
  const runs = new Map(
    plan.cells.map((cell) => [
      cell,
      { cell, blocks: [] as BlockResult[], failures: [] as string[] },
    ]),
  );
  const order = blockOrder(plan.cells, preset.blocks, preset.conclusions ? seed : undefined);
  const total = order.flat().length;
  let done = 0;
  let longestMs = 0;
  for (const round of order) {
    for (const cell of round) {
      const left = preset.budgetMs - REPORT_MS - (performance.now() - startedMs);
      if (signal.aborted || left < longestMs) return { runs: [...runs.values()], partial: true };
      const run = runs.get(cell)!;
      const before = performance.now();
      try {
        const result = await runBlock(cell, options, seed + done);
        run.blocks.push(result);
        done++;
        onProgress(
          `[${String(done).padStart(String(total).length)}/${total}] ${cellKey(cell)}: ${duration(result.meanNs)}/op`,
        );
      } catch (error) {
        if (signal.aborted) return { runs: [...runs.values()], partial: true };
        done++;
        const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
        const why = line.replace(/^Error: /, "");
        run.failures.push(why);
        onProgress(`[${done}/${total}] ${cellKey(cell)}: failed: ${why}`);
      }
      longestMs = Math.max(longestMs, performance.now() - before);
    }
  }
  return { runs: [...runs.values()], partial: false };
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
  const input: BlockInput = {
    cell: peer === undefined ? cell : { ...cell, lock: peer.kind },
    windows: preset.windows,
    windowMs: preset.windowMs,
    seed: seed & 0x7fff_ffff,
  };
  const printed: string[] = [];
  const limitMs = LONGEST_BLOCK_MS + preset.windows * preset.windowMs * 4;
  return (await runJob(cast.entries, BLOCK_JOB, input, {
    signal,
    limitMs,
    stderr: (line) => printed.push(line),
  })) as BlockResult;
}

async function runPeerBlock(
  cell: Cell,
  program: PeerProgram,
  { preset, programs, signal }: CoordinatorOptions,
): Promise<BlockResult> {
  const command = await programs.command(program);
  if ("missing" in command) throw new Error(command.missing);
  const warmUp = warmUpOf(preset.windowMs);
  const warmUps = Math.ceil((warmUp.lengthMs * warmUp.atMost) / 2 / preset.windowMs);
  const { kind } = peerOf(cell);
  const { contenders } = cell;
  return runPeer(
    command,
    { kind, contenders, warmUps, windows: preset.windows, windowMs: preset.windowMs },
    signal,
  );
}

/** Cores that the run may use. */
export const CORES: number = os.availableParallelism();

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
