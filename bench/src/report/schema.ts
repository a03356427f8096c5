import { z } from "zod";
import type { BlockResult } from "../run/block.ts";
import { type Report, SCHEMA_VERSION } from "./report.ts";

const count = z.number().int().nonnegative();
const share = z.number().min(0).nullable();

/** No time of a run is longer; what is came from no clock. */
const HOUR_NS = 3.6e12;
/** May lie before what it is counted from. */
const ns = z.number().min(-HOUR_NS).max(HOUR_NS);
const duration = z.number().positive().max(HOUR_NS);

const noise = z.object({
  steal: share,
  othersCores: share,
  pressureUs: z.number().nullable(),
  switches: z.number().nullable(),
  /** Nanoseconds per operation of a fixed piece of work before and after. */
  pace: z.number().positive().nullable(),
});

const windowRecord = z.object({
  operations: count,
  allOperations: count,
  shares: z.array(count),
  spansNs: z.array(z.number().nonnegative().max(HOUR_NS)),
  wallNs: duration,
  nsPerOperation: duration,
  startSkewNs: z.number(),
  cpuUs: z.number().nullable(),
  lostUpdates: z.number().int(),
  retries: count,
  looks: count.nullable(),
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

/** A block that is drawn keeps fewer. */
const MOST_SECTIONS = 10_000;
/** As many as a session can have. */
const contenders = z.number().int().positive().max(256);
/** Microseconds. */
const section = z
  .number()
  .nonnegative()
  .max(HOUR_NS / 1e3);

const loadRecord = z.object({
  contenders: z.array(
    z.object({
      operations: count,
      heldNs: ns,
      longestWaitNs: ns,
    }),
  ),
  waits: z.string(),
  /** Counts, not nanoseconds. */
  passedBy: z.string().nullable(),
  jainHeld: z.array(z.number()),
  latencies: z.string().nullable(),
  loopDelays: z.string().nullable(),
  /** Contender; asked, entered, left: nanoseconds after the window began. */
  sections: z.array(z.tuple([count, ns, ns, ns])).max(MOST_SECTIONS),
  recovery: z
    .object({
      deaths: count,
      binNs: z.number().positive(),
      binsBefore: count,
      grants: z.array(count),
      covered: z.array(count),
      nextGrantNs: z.array(ns),
    })
    .nullable(),
  rates: z
    .object({
      saturationPerS: z.number().positive(),
      offeredPerS: z.number().nonnegative(),
      servedPerS: z.number().nonnegative(),
    })
    .nullable(),
});

/** One block, as a block job answers it. */
export const blockSchema: z.ZodType<BlockResult> = z.object({
  windows: z.array(windowRecord).min(1),
  meanNs: duration,
  warmUps: z.array(count),
  settled: z.array(z.boolean().nullable()),
  lookNs: z.array(z.number().nonnegative()),
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
  jainHeld: z.number().nullable(),
  longestWaitNs: ns,
  /** Counts, not nanoseconds. */
  passedBy: percentiles.nullable(),
  recovery: z
    .object({
      deaths: count,
      recovered: count,
      medianNs: ns.nullable(),
      longestNs: ns.nullable(),
    })
    .nullable(),
  handOffNs: percentiles.nullable(),
  rates: z
    .object({
      saturationPerS: z.number(),
      offeredShare: z.number(),
      servedShare: z.number(),
    })
    .nullable(),
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
  contenders,
  section,
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
  contenders,
  section,
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
