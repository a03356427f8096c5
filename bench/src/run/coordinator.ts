import os from "node:os";
import process from "node:process";
import { type AdapterEntry, runJob } from "@ticketlock/harness";
import { type Peer, peers } from "../peers/peer-cells.ts";
import type { PeerProgram, PeerPrograms } from "../peers/peer-programs.ts";
import { runPeer } from "../peers/run-peer.ts";
import { type Cell, cellKey } from "../plan/cell.ts";
import type { Preset } from "../plan/presets.ts";
import { blockOrder, type Plan } from "../plan/plan.ts";
import type { CellRun } from "../report/build.ts";
import { duration } from "../report/format.ts";
import type { BlockInput, BlockResult } from "./block.ts";
import { warmUpOf } from "./block.ts";

const BLOCK_JOB = new URL("../jobs/block.ts", import.meta.url);
/** A block that takes so many times its windows is stuck. */
const LONGEST_BLOCK_MS = 60_000;
/** Left at the end of the budget for statistics and files. */
const REPORT_MS = 3_000;

export interface CoordinatorOptions {
  readonly plan: Plan;
  readonly preset: Preset;
  readonly seed: number;
  readonly entries: readonly AdapterEntry[];
  readonly programs: PeerPrograms;
  /** Lends its contenders to peers that have no program of their own. */
  readonly peerHost: AdapterEntry | undefined;
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
  const total = plan.cells.length * preset.blocks;
  let done = 0;
  let longestMs = 0;
  for (const round of blockOrder(plan.cells, preset.blocks, seed)) {
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
  const { preset, entries, signal } = options;
  const peer = cell.role === "peer" ? peerOf(cell) : undefined;
  if (peer !== undefined && peer.program !== "bench")
    return runPeerBlock(cell, peer.program, options);
  const entry =
    peer === undefined ? entries.find((each) => each.name === cell.adapter) : options.peerHost;
  if (entry === undefined) throw new Error(`Cannot measure ${cellKey(cell)}: its adapter is gone.`);
  const input: BlockInput = {
    cell: peer === undefined ? cell : { ...cell, lock: peer.kind },
    windows: preset.windows,
    windowMs: preset.windowMs,
    seed: seed & 0x7fff_ffff,
  };
  const printed: string[] = [];
  const limitMs = LONGEST_BLOCK_MS + preset.windows * preset.windowMs * 4;
  return (await runJob(entry, BLOCK_JOB, input, {
    signal,
    limitMs,
    stderr: (line) => printed.push(line),
  })) as BlockResult;
}

function peerOf(cell: Cell): Peer {
  const peer = peers.find((each) => each.lock === cell.lock);
  if (peer === undefined) throw new Error(`Cannot measure ${cell.lock}: there is no such peer.`);
  return peer;
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

/** Versions of the runtimes and tools that a run uses. */
export async function runtimeVersions(
  programs: PeerPrograms,
  withPeers: boolean,
): Promise<Record<string, string>> {
  const versions: Record<string, string> = { node: process.versions.node, v8: process.versions.v8 };
  if (!withPeers) return versions;
  for (const runtime of ["c", "python"] as const) {
    const command = await programs.command(runtime);
    if ("version" in command) versions[runtime] = command.version;
  }
  return versions;
}
