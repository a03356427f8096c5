import { type AdapterEntry, runJob } from "@ticketlock/harness";
import type { Cell } from "../plan/cell.ts";
import type { Preset } from "../plan/presets.ts";
import { OWN_JOBS } from "./bench-jobs.ts";
import type { BlockInput } from "./block.ts";

/** A block that takes so much longer than its windows is stuck. */
const LONGEST_BLOCK_MS = 60_000;

/** How one block is measured. */
export interface BlockJobOptions {
  readonly preset: Pick<Preset, "windows" | "windowMs">;
  /** Any integer. */
  readonly seed: number;
  readonly signal: AbortSignal;
  /** The block job of the tree that the adapters are of. */
  readonly job?: URL;
}

/** Measures one block of a cell in a fresh process; gives what the job answers, which is of this tree's form if the job is. */
export function runBlockJob(
  entries: readonly AdapterEntry[],
  cell: Cell,
  { preset, seed, signal, job = OWN_JOBS.block }: BlockJobOptions,
): Promise<unknown> {
  const { windows, windowMs } = preset;
  const input: BlockInput = { cell, windows, windowMs, seed: seed & 0x7fff_ffff };
  return runJob(entries, job, input, {
    signal,
    limitMs: LONGEST_BLOCK_MS + windows * windowMs * 4,
    stderr: () => {}, // an error carries its own message
  });
}
