import { cellKey } from "../plan/cell.ts";
import type { Preset } from "../plan/presets.ts";
import { buildCells, type CellRun } from "./build.ts";
import { compareRuntimes } from "./by-runtime.ts";
import { type Report, SCHEMA_VERSION } from "./report.ts";

/** What a run found, besides what follows from it. */
export interface RunFindings extends Pick<
  Report,
  "environment" | "seed" | "partial" | "conformance" | "peers" | "leftOut" | "notMeasured"
> {
  readonly runs: readonly CellRun[];
}

/** Computes a report from what a run found. */
export function makeReport(
  { name, conclusions, windowMs }: Preset,
  { runs, ...findings }: RunFindings,
): Report {
  const cells = buildCells(runs, findings.environment.cores);
  return {
    schemaVersion: SCHEMA_VERSION,
    tool: "ticketlock-bench",
    environment: findings.environment,
    preset: name,
    seed: findings.seed,
    partial: findings.partial,
    conclusions,
    windowMs,
    conformance: findings.conformance,
    peers: findings.peers,
    leftOut: findings.leftOut,
    notMeasured: findings.notMeasured,
    cells,
    byRuntime: compareRuntimes(cells),
  };
}

/** The cells of a run without a single measured block, and why. */
export function unmeasured(runs: readonly CellRun[]): Report["notMeasured"] {
  return runs
    .filter(({ blocks }) => blocks.length === 0)
    .map(({ cell, failures }) => ({
      key: cellKey(cell),
      why: failures[0] ?? "the run ended before its first block",
      failures,
    }));
}
