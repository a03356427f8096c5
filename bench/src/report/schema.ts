import { z } from "zod";
import type { Cell } from "../plan/cell.ts";
import type { BlockResult } from "../run/block.ts";
import { type Report, SCHEMA_VERSION } from "./report.ts";

const count = z.number().int().nonnegative();
const share = z.number().min(0).nullable();

/** Without control characters: they would rewrite the terminal in which it is shown. */
const name = z.string().regex(/^\P{Cc}*$/u);
/** May have several lines. */
const text = z.string().regex(/^[\P{Cc}\t\n]*$/u);

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

const cellPlace = z.object({
  runtime: name,
  adapter: name,
  lock: name,
  store: name,
  mode: name,
  contenders,
  section,
  role: z.enum(["lock", "control", "sale", "peer"]),
  scenario: name,
  /** `compare` decides by it. */
  gate: z.boolean(),
  twin: count,
});

/** What was planned of a cell, by which it is known. */
export const cellSchema: z.ZodType<Omit<Cell, "mode"> & { readonly mode: string }> = cellPlace;

const cell = z.object({
  key: name,
  ...cellPlace.shape,
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
  failures: z.array(text),
});

const runtimeRow = z.object({
  lock: name,
  store: name,
  mode: name,
  contenders,
  section,
  columns: z.array(
    z.object({
      runtime: name,
      cell: name,
      nsPerOperation: estimate,
      /** Over the first column's time. */
      ratio: estimate.nullable(),
    }),
  ),
});

/** As git names it; or that it is not known. */
const commit = z.string().regex(/^(?:[0-9a-f]{7,64}|unknown)$/);

const environment = z.object({
  machine: name,
  commit: commit.nullable(),
  dirty: z.boolean().nullable(),
  lockfileHash: name.nullable(),
  argv: z.array(text),
  runtimes: z.record(name, name),
  /** The flags with which a process of each adapter's runtime is started, by adapter. */
  flags: z.record(name, z.array(name)).optional(),
  /** Those variables of the command's environment that change how a runtime works, as far as they are set. */
  variables: z.record(name, text).optional(),
  cpuModel: name,
  cores: z.number().int().positive(),
  threadsPerCore: z.number().nullable(),
  governor: name.nullable(),
  hypervisor: name.nullable(),
  clockSource: name.nullable(),
  kernel: name,
  memoryBytes: z.number(),
  cgroupQuotaCores: z.number().nullable(),
  clockStepNs: z.number(),
  startedAt: name,
  tookMs: z.number(),
});

/** A report as it stands in report.json. */
export const reportSchema: z.ZodType<Report> = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  tool: z.literal("ticketlock-bench"),
  environment,
  preset: name,
  seed: z.number().int(),
  /** True if the run was stopped, or ran out of time, before every block was measured. */
  partial: z.boolean(),
  conclusions: z.boolean(),
  windowMs: z.number(),
  conformance: z.array(
    z.object({
      adapter: name,
      lock: name,
      passed: count,
      failed: count,
      failures: z.array(text),
    }),
  ),
  peers: z.array(
    z.object({
      lock: name,
      runtime: name,
      passed: count.nullable(),
      failed: count.nullable(),
      failures: z.array(text),
      lacks: text,
    }),
  ),
  /** Cells for which there was no time. */
  leftOut: z.array(name),
  /** Cells without a single measured block, and why. */
  notMeasured: z.array(z.object({ key: name, why: text, failures: z.array(text) })),
  cells: z.array(cell),
  byRuntime: z.array(runtimeRow),
});
