import { z } from "zod";
import type { BlockResult } from "../run/block.ts";
import { type Report, SCHEMA_VERSION } from "./report.ts";

const count = z.number().int().nonnegative();
const share = z.number().min(0).nullable();

const noise = z.object({
  steal: share,
  othersCores: share,
  pressureUs: z.number().nullable(),
  switches: z.number().nullable(),
});

const windowRecord = z.object({
  operations: count,
  allOperations: count,
  shares: z.array(count),
  spansNs: z.array(z.number().nonnegative()),
  wallNs: z.number().positive(),
  nsPerOperation: z.number().positive(),
  startSkewNs: z.number(),
  cpuUs: z.number().nullable(),
  lostUpdates: z.number().int(),
  retries: count,
  noise,
});

const checkRecord = z.object({
  operations: count,
  overlaps: count,
  overlapTrials: count,
  tokensOutOfOrder: count,
  lostUpdates: z.number().int(),
  sampleEvery: z.number().int().positive(),
  histogram: z.string(),
});

const sellOutRecord = z.object({
  capacity: count,
  sold: count,
  oversold: count,
  lostUpdates: z.number().int(),
  journalFaults: count.nullable(),
});

const ns = z.number();

const loadRecord = z.object({
  contenders: z.array(
    z.object({
      operations: count,
      heldNs: ns,
      longestWaitNs: ns,
      /** Most grants to others during one wait; null without a lock. */
      mostPassedBy: count.nullable(),
    }),
  ),
  waits: z.string(),
  latencies: z.string().nullable(),
  loopDelays: z.string().nullable(),
  /** Contender; asked, entered, left: nanoseconds after the window began. */
  sections: z.array(z.tuple([count, ns, ns, ns])),
  recovery: z
    .object({
      deaths: count,
      binNs: z.number().positive(),
      binsBefore: count,
      grants: z.array(count),
      nextGrantNs: z.array(ns),
    })
    .nullable(),
});

/** One block, as a block job answers it. */
export const blockSchema: z.ZodType<BlockResult> = z.object({
  windows: z.array(windowRecord).min(1),
  meanNs: z.number().positive(),
  warmUps: z.array(count),
  check: checkRecord.nullable(),
  sellOut: sellOutRecord.nullable(),
  load: loadRecord.nullable(),
  contaminated: z.boolean(),
  clockStepNs: z.number().nonnegative(),
  clockErrorNs: z.number().nonnegative(),
});

const estimate = z.object({
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  blocks: z.number().int().positive(),
});

const split = z.object({
  unlockedNs: z.number(),
  oracleNs: z.number(),
  lockedNs: z.number(),
  serializationNs: z.number(),
  lockTaxNs: z.number(),
  serializationRatio: z.number(),
  lockTaxRatio: z.number(),
});

const percentiles = z.object({
  samples: count,
  p50: z.number().nullable(),
  p90: z.number().nullable(),
  p99: z.number().nullable(),
  p999: z.number().nullable(),
  max: z.number().nullable(),
});

const loadStatistics = z.object({
  waitNs: percentiles,
  latencyNs: percentiles.nullable(),
  loopDelayNs: percentiles.nullable(),
  jainHeld: z.number(),
  longestWaitNs: ns,
  mostPassedBy: count.nullable(),
  recoveryNs: percentiles.nullable(),
  handOffNs: percentiles.nullable(),
});

const statistics = z.object({
  /** Operations of all contenders per second. */
  throughputPerS: estimate,
  /** Wall nanoseconds per operation of all contenders. */
  nsPerOperation: estimate,
  /** The same without contaminated blocks; null if none is left. */
  nsPerOperationClean: estimate.nullable(),
  cpuSecondsPerOperation: z.number().nullable(),
  fairness: z.object({
    jain: z.number(),
    jainWorst: z.number(),
    smallestToLargest: z.number(),
    smallestToLargestWorst: z.number(),
  }),
  waitNs: percentiles.nullable(),
  split: split.nullable(),
  load: loadStatistics.nullable(),
  retriesPerOperation: z.number(),
  startSkewNsWorst: z.number(),
  warmUpsMost: count,
  contaminatedBlocks: count,
  othersKnown: z.boolean(),
});

const violation = z.object({
  /** How often it was seen; null where it cannot be looked for. */
  seen: z.number().int().nullable(),
  trials: count,
  /** Upper bound of the rate at 95 % where none was seen. */
  bound: z.number().nullable(),
});

const cell = z.object({
  key: z.string(),
  runtime: z.string(),
  adapter: z.string(),
  lock: z.string(),
  store: z.string(),
  mode: z.string(),
  contenders: z.number().int().positive(),
  /** Microseconds. */
  section: z.number().nonnegative(),
  role: z.enum(["lock", "control", "sale", "peer"]),
  scenario: z.string(),
  /** `compare` decides by it. */
  gate: z.boolean(),
  twin: count,
  oversubscribed: z.boolean(),
  oversold: z.number().int().nullable(),
  lostUpdates: z.number().int(),
  overlaps: z.number().int().nullable(),
  tokensOutOfOrder: count.nullable(),
  checks: z.object({
    oversold: violation,
    lostUpdates: violation,
    overlaps: violation,
    journalFaults: violation,
  }),
  statistics,
  blocks: z.array(blockSchema).min(1),
  /** Blocks that could not be measured, and why. */
  failures: z.array(z.string()),
});

const runtimeRow = z.object({
  lock: z.string(),
  store: z.string(),
  mode: z.string(),
  contenders: z.number().int().positive(),
  section: z.number().nonnegative(),
  columns: z.array(
    z.object({
      runtime: z.string(),
      cell: z.string(),
      nsPerOperation: estimate,
      /** Over the first column's time. */
      ratio: estimate.nullable(),
    }),
  ),
});

const environment = z.object({
  machine: z.string(),
  commit: z.string().nullable(),
  dirty: z.boolean().nullable(),
  lockfileHash: z.string().nullable(),
  argv: z.array(z.string()),
  runtimes: z.record(z.string(), z.string()),
  cpuModel: z.string(),
  cores: z.number().int().positive(),
  threadsPerCore: z.number().nullable(),
  governor: z.string().nullable(),
  hypervisor: z.string().nullable(),
  clockSource: z.string().nullable(),
  kernel: z.string(),
  memoryBytes: z.number(),
  cgroupQuotaCores: z.number().nullable(),
  clockStepNs: z.number(),
  startedAt: z.string(),
  tookMs: z.number(),
});

/** A report as it stands in report.json. */
export const reportSchema: z.ZodType<Report> = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  tool: z.literal("ticketlock-bench"),
  environment,
  preset: z.string(),
  seed: z.number().int(),
  /** True if the run was stopped, or ran out of time, before every block was measured. */
  partial: z.boolean(),
  conclusions: z.boolean(),
  windowMs: z.number(),
  conformance: z.array(
    z.object({
      adapter: z.string(),
      lock: z.string(),
      passed: count,
      failed: count,
      failures: z.array(z.string()),
    }),
  ),
  peers: z.array(
    z.object({
      lock: z.string(),
      runtime: z.string(),
      passed: count.nullable(),
      failed: count.nullable(),
      failures: z.array(z.string()),
      lacks: z.string(),
    }),
  ),
  /** Cells for which there was no time. */
  leftOut: z.array(z.string()),
  /** Cells without a single measured block, and why. */
  notMeasured: z.array(
    z.object({ key: z.string(), why: z.string(), failures: z.array(z.string()) }),
  ),
  cells: z.array(cell),
  byRuntime: z.array(runtimeRow),
});
