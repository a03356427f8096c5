import { BROKEN_KIND } from "@ticketlock/core";
import type { Cell } from "../src/plan/cell.ts";
import type { CellRun } from "../src/report/build.ts";
import type { Report } from "../src/report/report.ts";
import { sampleBlock, sampleCell, sampleReport } from "./sample-report.ts";

/** What a report with gates is like; each list has the block means of a cell, in nanoseconds. */
export interface GateReportOptions {
  readonly alone?: readonly number[];
  readonly contended?: readonly number[];
  /** Updates that the contended cell lost in each window. */
  readonly lost?: number;
  /** Why blocks of the contended cell failed, beside those that ended. */
  readonly failures?: readonly string[];
  /** Updates that the control lock lost in its block, 0 where it was not caught; absent where it was not measured. */
  readonly controlLost?: number;
  readonly machine?: string;
  readonly startedAt?: string;
  readonly part?: Partial<Report>;
}

/** A steady hand: five blocks within half a percent. */
export function around(ns: number): number[] {
  return [0.998, 1.001, 1, 1.002, 0.999].map((factor) => ns * factor);
}

/** A report with two gates, a lock alone and contended, and the twin of each. */
export function gateReport({
  alone = around(12),
  contended = around(60),
  lost = 0,
  failures = [],
  controlLost,
  machine,
  startedAt,
  part = {},
}: GateReportOptions = {}): Report {
  const run = (
    cell: Partial<Cell>,
    means: readonly number[],
    lostUpdates = 0,
    failed: readonly string[] = [],
  ): CellRun => ({
    cell: sampleCell(cell),
    blocks: means.map((mean) => sampleBlock(mean, { lost: lostUpdates })),
    failures: failed,
  });
  const runs = [
    run({ contenders: 1, gate: true }, alone),
    run({ contenders: 1, gate: true, twin: 1 }, alone),
    run({ gate: true }, contended, lost, failures),
    run({ gate: true, twin: 1 }, contended),
    ...(controlLost === undefined
      ? []
      : [run({ lock: BROKEN_KIND, role: "control" }, [70], controlLost)]),
  ];
  const report = sampleReport(runs);
  return {
    ...report,
    environment: {
      ...report.environment,
      machine: machine ?? report.environment.machine,
      startedAt: startedAt ?? report.environment.startedAt,
    },
    ...part,
  };
}
