import { cellKey } from "../plan/cell.ts";
import type { Preset } from "../plan/presets.ts";
import { buildCells, type CellRun } from "./build.ts";
import { compareRuntimes } from "./by-runtime.ts";
import { publicText } from "./public-text.ts";
import { type Report, SCHEMA_VERSION } from "./report.ts";

/** What a run found, besides what follows from it. */
export interface RunFindings extends Pick<
  Report,
  "environment" | "seed" | "partial" | "conformance" | "peers" | "leftOut" | "notMeasured"
> {
  readonly runs: readonly CellRun[];
}

/** Computes a report from what a run found. Of what failed it has no paths of folders outside the repository. */
export function makeReport(
  { name, conclusions, windowMs }: Preset,
  { runs, ...findings }: RunFindings,
): Report {
  const shown = runs.map((run) => ({ ...run, failures: publicTexts(run.failures) }));
  const cells = buildCells(shown, findings.environment.cores);
  return {
    schemaVersion: SCHEMA_VERSION,
    tool: "ticketlock-bench",
    environment: findings.environment,
    preset: name,
    seed: findings.seed,
    partial: findings.partial,
    conclusions,
    windowMs,
    conformance: findings.conformance.map(withPublicFailures),
    peers: findings.peers
      .map(withPublicFailures)
      .map((peer) => ({ ...peer, lacks: publicText(peer.lacks) })),
    leftOut: findings.leftOut,
    notMeasured: findings.notMeasured
      .map(withPublicFailures)
      .map((cell) => ({ ...cell, why: publicText(cell.why) })),
    cells,
    byRuntime: compareRuntimes(cells),
  };
}

function withPublicFailures<T extends { readonly failures: readonly string[] }>(row: T): T {
  return { ...row, failures: publicTexts(row.failures) };
}

function publicTexts(texts: readonly string[]): string[] {
  return texts.map((text) => publicText(text));
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
