import type { BlockResult } from "../run/block.ts";
import type { Cell } from "../plan/cell.ts";
import type { RuntimeRow } from "./by-runtime.ts";
import type { CostSplit } from "../statistics/cost-split.ts";
import type { FairnessOverWindows } from "../statistics/fairness.ts";
import type { Estimate } from "../statistics/interval.ts";
import type { Percentiles } from "../statistics/percentiles.ts";

/**
 * Raised with every change that a reader of old reports would notice. 6: the machine's `pace` beside each window,
 * each block's `settled` and `lookNs`, a scenario's `rates`. 5: each cell's `scenario` and `gate`, each
 * block's `load`. 4: `byRuntime`, and each block's
 * `clockErrorNs`. 3: `peers`, and counters of
 * processes that lie in a mapped file (store `mapped`) where they lay in one that was read and written.
 */
export const SCHEMA_VERSION = 6;

/** How often a violation was seen, and what can be said where it was not. */
export interface Violation {
  /** Null where it cannot be looked for. */
  readonly seen: number | null;
  readonly trials: number;
  /** Upper bound of the rate at 95 % where none was seen. */
  readonly bound: number | null;
}

/** What came after the ends of holders. */
export interface RecoveryStatistics {
  readonly deaths: number;
  /** After how many of them anybody was granted. */
  readonly recovered: number;
  /** From the order that ended a holder to the next grant; null where none followed. */
  readonly medianNs: number | null;
  readonly longestNs: number | null;
}

/** What a scenario's blocks come to. */
export interface LoadStatistics {
  /** From asking to the grant: each operation, not one in so many. */
  readonly waitNs: Percentiles;
  /** From the time at which an operation was meant to begin; null where each begins as the last has ended. */
  readonly latencyNs: Percentiles | null;
  /** How much too late timers came while their contender awaited a grant; null where nobody looked. */
  readonly loopDelayNs: Percentiles | null;
  /** Jain's index over the contenders' times inside, the median window; null where contenders were ended. */
  readonly jainHeld: number | null;
  readonly longestWaitNs: number;
  /**
   * Grants to others between asking and one's own, in percentiles over all operations: counts, not nanoseconds.
   * A contender that loses its core before it stands in line is passed by as well, so that the largest say
   * nothing of a lock's order. Null without a lock.
   */
  readonly passedBy: Percentiles | null;
  /** Null where nobody was ended. */
  readonly recovery: RecoveryStatistics | null;
  /** From one contender's leaving to the entering of another that waited; null where sections were not kept, or without a lock. */
  readonly handOffNs: Percentiles | null;
  /** Null where operations do not come at times of their own. */
  readonly rates: LoadRateStatistics | null;
}

/** How much was asked of a lock under open arrivals, and how much it did, on average over the blocks. */
export interface LoadRateStatistics {
  /** Operations per second of all contenders when everybody came again at once. */
  readonly saturationPerS: number;
  /** What was meant to begin in the windows, and what came in within them, as parts of that. */
  readonly offeredShare: number;
  readonly servedShare: number;
}

/** What a cell's blocks come to. */
export interface CellStatistics {
  /** Operations of all contenders per second. */
  readonly throughputPerS: Estimate;
  /** Wall nanoseconds per operation of all contenders. */
  readonly nsPerOperation: Estimate;
  /** The same without contaminated blocks; null if none is left. */
  readonly nsPerOperationClean: Estimate | null;
  /** Over all operations of the runs, those before and after the windows included, as is the CPU time. */
  readonly cpuSecondsPerOperation: number | null;
  readonly fairness: FairnessOverWindows;
  /** Sampled waits for the lock, or whole purchases. */
  readonly waitNs: Percentiles | null;
  readonly split: CostSplit | null;
  /** Null where the scenario is `steady`. */
  readonly load: LoadStatistics | null;
  /** Over all operations of the runs. */
  readonly retriesPerOperation: number;
  readonly startSkewNsWorst: number;
  readonly warmUpsMost: number;
  readonly contaminatedBlocks: number;
  /** False where no counter of the machine tells what others did: then none of the blocks is known to be clean. */
  readonly othersKnown: boolean;
}

/** A measured cell: its place, what was found, and everything that it was computed from. */
export interface ReportCell extends Omit<Cell, "mode"> {
  readonly key: string;
  readonly mode: string;
  /** More contenders than cores. */
  readonly oversubscribed: boolean;
  readonly oversold: number | null;
  readonly lostUpdates: number;
  readonly overlaps: number | null;
  readonly tokensOutOfOrder: number | null;
  readonly checks: {
    readonly oversold: Violation;
    readonly lostUpdates: Violation;
    readonly overlaps: Violation;
    readonly journalFaults: Violation;
  };
  readonly statistics: CellStatistics;
  readonly blocks: readonly BlockResult[];
  /** Blocks that could not be measured, and why. */
  readonly failures: readonly string[];
}

/** What a reader must know about the machine to judge or repeat a run. */
export interface Environment {
  /** A hash of hardware facts. */
  readonly machine: string;
  readonly commit: string | null;
  readonly dirty: boolean | null;
  readonly lockfileHash: string | null;
  /** Without the paths of folders outside the repository. */
  readonly argv: readonly string[];
  readonly runtimes: Readonly<Record<string, string>>;
  /** The flags with which a process of each adapter's runtime is started, by adapter; contenders in Deno get permissions for what they open besides. */
  readonly flags?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Those variables of the command's environment that change how a runtime works, as far as they are set. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  readonly cpuModel: string;
  /** Those that the run may use. */
  readonly cores: number;
  readonly threadsPerCore: number | null;
  readonly governor: string | null;
  readonly hypervisor: string | null;
  readonly clockSource: string | null;
  readonly kernel: string;
  readonly memoryBytes: number;
  readonly cgroupQuotaCores: number | null;
  readonly clockStepNs: number;
  readonly startedAt: string;
  readonly tookMs: number;
}

/** How a lock kind did in the quick part of the conformance suite. */
export interface ConformanceRow {
  readonly adapter: string;
  readonly lock: string;
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly string[];
}

/** What a peer does that a lock must not, as far as that can be tried. */
export interface PeerRow {
  readonly lock: string;
  readonly runtime: string;
  /** Null where nothing was tried. */
  readonly passed: number | null;
  readonly failed: number | null;
  /** `<conformance case>: <what was broken>` of each that failed. */
  readonly failures: readonly string[];
  /** What it has no notion of, so that no case of the suite applies; or why nothing was tried. */
  readonly lacks: string;
}

/** A cell without a single measured block. */
export interface NotMeasured {
  readonly key: string;
  readonly why: string;
  /** Blocks that were tried and failed; none where the cell could not be tried. */
  readonly failures: readonly string[];
}

/** A report as it stands in report.json. */
export interface Report {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  readonly tool: "ticketlock-bench";
  readonly environment: Environment;
  readonly preset: string;
  readonly seed: number;
  /** The run was stopped, or ran out of time, before every block was measured. */
  readonly partial: boolean;
  /** False where so little was measured that the numbers prove nothing. */
  readonly conclusions: boolean;
  readonly windowMs: number;
  readonly conformance: readonly ConformanceRow[];
  /** Where other people's locks fail the suite; empty where there was no time to try them. */
  readonly peers: readonly PeerRow[];
  /** Cells for which there was no time. */
  readonly leftOut: readonly string[];
  /** Cells without a single measured block, and why. */
  readonly notMeasured: readonly NotMeasured[];
  readonly cells: readonly ReportCell[];
  /** The cells that differ in nothing but their runtime, side by side. */
  readonly byRuntime: readonly RuntimeRow[];
}
