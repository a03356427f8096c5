import { type Cell, cellKey, STEADY } from "../src/plan/cell.ts";
import { buildCells, type CellRun } from "../src/report/build.ts";
import { compareRuntimes } from "../src/report/by-runtime.ts";
import { type Report, SCHEMA_VERSION } from "../src/report/report.ts";
import type { BlockResult } from "../src/run/block.ts";
import { nsPerOperation } from "../src/run/rates.ts";
import { mean } from "../src/statistics/interval.ts";
import { encodeHistogram, newHistogram, recordNs } from "../src/statistics/percentiles.ts";

/** A cell with the parts that a test does not care about filled in. */
export function sampleCell(part: Partial<Cell> = {}): Cell {
  return {
    runtime: "node",
    adapter: "sample",
    lock: "futex",
    store: "memory",
    mode: "counter",
    contenders: 2,
    section: 0,
    role: "lock",
    scenario: STEADY,
    gate: false,
    twin: 0,
    ...part,
  };
}

/** A block that took so long per operation, with whatever a test wants wrong in it. */
export function sampleBlock(
  meanNs: number,
  wrong: { lost?: number; overlaps?: number; oversold?: number; contaminated?: boolean } = {},
): BlockResult {
  const histogram = newHistogram();
  for (let i = 1; i <= 2_000; i++) recordNs(histogram, i * 10);
  const each = Math.max(1, Math.round(5e7 / meanNs));
  const operations = 2 * each;
  const shares = [each, each];
  const spansNs = shares.map((share) => 2 * share * meanNs);
  const windows = [1, 2].map(() => ({
    operations,
    allOperations: operations,
    shares,
    spansNs,
    wallNs: 1e8,
    nsPerOperation: nsPerOperation(shares, spansNs),
    startSkewNs: 1_000,
    cpuUs: 100_000,
    lostUpdates: wrong.lost ?? 0,
    retries: 0,
    looks: 500,
    noise: {
      steal: 0,
      othersCores: wrong.contaminated === true ? 0.5 : 0.01,
      pressureUs: 12,
      switches: 34,
      pace: 5,
    },
  }));
  return {
    windows,
    meanNs: mean(windows.map((window) => window.nsPerOperation)),
    warmUps: [3, 4],
    settled: [true, true],
    lookNs: [90, 100],
    check: {
      operations,
      overlaps: wrong.overlaps ?? 0,
      overlapTrials: operations,
      tokensOutOfOrder: 0,
      lostUpdates: 0,
      sampleEvery: 8,
      histogram: encodeHistogram(histogram),
    },
    sellOut:
      wrong.oversold === undefined
        ? null
        : {
            capacity: 500,
            sold: 500 + wrong.oversold,
            oversold: wrong.oversold,
            lostUpdates: wrong.oversold,
            journalFaults: 0,
          },
    load: null,
    contaminated: wrong.contaminated ?? false,
    clockStepNs: 40,
    clockErrorNs: 0,
  };
}

/** A report over such cells, of a machine with so many cores. */
export function sampleReport(
  runs: readonly CellRun[] = sampleRuns(),
  part: Partial<Report> = {},
  cores: number = 2,
): Report {
  const cells = buildCells(runs, cores);
  return {
    schemaVersion: SCHEMA_VERSION,
    tool: "ticketlock-bench",
    environment: {
      machine: "0123456789abcdef",
      commit: "0".repeat(40),
      dirty: false,
      lockfileHash: "1".repeat(64),
      argv: ["--preset", "quick"],
      runtimes: { node: "26.10.0", c: "cc 12" },
      cpuModel: "A processor with a long name and 2.60 GHz",
      cores,
      threadsPerCore: 1,
      governor: null,
      hypervisor: "yes, unnamed",
      clockSource: "tsc",
      kernel: "Linux 6.18",
      memoryBytes: 2 ** 33,
      cgroupQuotaCores: null,
      clockStepNs: 40,
      startedAt: "2026-01-01T00:00:00.000Z",
      tookMs: 1234,
    },
    preset: "quick",
    seed: 7,
    partial: false,
    conclusions: true,
    windowMs: 100,
    conformance: [{ adapter: "sample", lock: "futex", passed: 26, failed: 0, failures: [] }],
    peers: [
      {
        lock: "multiprocessing.Lock",
        runtime: "python",
        passed: 0,
        failed: 1,
        failures: ["a terminated holder's lock goes to a waiter: the waiter was not granted"],
        lacks: "fencing tokens",
      },
      {
        lock: "threading.Lock",
        runtime: "python",
        passed: null,
        failed: null,
        failures: [],
        lacks: "death",
      },
    ],
    leftOut: [],
    notMeasured: [],
    cells,
    byRuntime: compareRuntimes(cells),
    ...part,
  };
}

/** Every class of cell once. */
export function sampleRuns(): CellRun[] {
  const run = (cell: Cell, blocks: BlockResult[]): CellRun => ({ cell, blocks, failures: [] });
  return [
    run(sampleCell(), [sampleBlock(60), sampleBlock(62), sampleBlock(61)]),
    run(sampleCell({ twin: 1 }), [sampleBlock(63), sampleBlock(61), sampleBlock(64)]),
    run(sampleCell({ lock: "none", role: "control" }), [
      sampleBlock(6, { lost: 1_000_000, overlaps: 5_000 }),
      sampleBlock(6, { lost: 1_000_000, overlaps: 5_000 }),
    ]),
    run(sampleCell({ lock: "oracle", role: "control" }), [sampleBlock(5), sampleBlock(5)]),
    run(sampleCell({ lock: "broken", role: "control" }), [
      sampleBlock(70, { lost: 31, overlaps: 17 }),
      sampleBlock(70),
    ]),
    run(sampleCell({ runtime: "deno", adapter: "other" }), [
      { ...sampleBlock(122), clockErrorNs: 4_000 },
      { ...sampleBlock(120), clockErrorNs: 7_000 },
    ]),
    run(sampleCell({ contenders: 4, section: 10 }), [sampleBlock(45_123, { contaminated: true })]),
    run(sampleCell({ mode: "counter-async", contenders: 1 }), [sampleBlock(200)]),
    run(
      sampleCell({
        mode: "misplaced-mutex",
        store: "a-store-with-quite-a-long-name",
        lock: "a-lock-with-a-long-name",
        role: "sale",
      }),
      [sampleBlock(2_600, { oversold: 0 })],
    ),
    run(sampleCell({ mode: "unlocked", store: "shared", lock: "none", role: "sale" }), [
      sampleBlock(2_400, { oversold: 156 }),
    ]),
    run(
      sampleCell({
        adapter: "peer",
        runtime: "python",
        lock: "multiprocessing.Lock",
        role: "peer",
      }),
      [{ ...sampleBlock(700), check: null }],
    ),
  ];
}

export { cellKey };
