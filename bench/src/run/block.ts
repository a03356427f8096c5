import type { Noise } from "../environment/noise.ts";
import type { Cell } from "../plan/cell.ts";

/** What one fresh process is to measure. */
export interface BlockInput {
  readonly cell: Cell;
  readonly windows: number;
  readonly windowMs: number;
  readonly seed: number;
}

/** One throughput window as measured. */
export interface WindowRecord {
  readonly operations: number;
  /** Those before and after what counts included: what CPU time and retries were spent on. */
  readonly allOperations: number;
  /** Operations of each contender. */
  readonly shares: readonly number[];
  /** How long each contender counted, by its own clock: one that a scheduler keeps away ends late. */
  readonly spansNs: readonly number[];
  /** From the first contender's beginning to the last one's end. */
  readonly wallNs: number;
  /** Wall time per operation of all: one over the sum of the contenders' rates. */
  readonly nsPerOperation: number;
  /** Between the first and the last contender's start. */
  readonly startSkewNs: number;
  /** CPU time of all contenders and their owner from the run's start to its end; null where it is not known per window. */
  readonly cpuUs: number | null;
  readonly lostUpdates: number;
  /** Repeated optimistic writes, of all operations. */
  readonly retries: number;
  /** Looks at the clock, one after each batch of operations that count, of all contenders; null where not known. */
  readonly looks: number | null;
  readonly noise: Noise;
}

/** The window that looks closer, and whose speed is therefore not reported. */
export interface CheckRecord {
  readonly operations: number;
  readonly overlaps: number;
  /** Operations that looked whether somebody else was inside; 0 where the cell has no section to look into. */
  readonly overlapTrials: number;
  readonly tokensOutOfOrder: number;
  readonly lostUpdates: number;
  /** One operation in so many was timed. */
  readonly sampleEvery: number;
  /** Waits for the lock, or whole purchases, in nanoseconds, encoded. */
  readonly histogram: string;
}

/** The window in which everything is sold. */
export interface SellOutRecord {
  readonly capacity: number;
  /** Buyers who were told yes. */
  readonly sold: number;
  readonly oversold: number;
  readonly lostUpdates: number;
  /** Sales missing from the journal, or in it twice, or with serials that are not 0 to n - 1 once each; null without a journal. */
  readonly journalFaults: number | null;
}

/** One section: contender, then when it asked, came in and left, in nanoseconds after the window began. */
export type SectionTimes = readonly [
  contender: number,
  askedNs: number,
  enteredNs: number,
  leftNs: number,
];

/** What a contender went through in a scenario's windows. */
export interface ContenderLoad {
  readonly operations: number;
  /** Time inside, in all. */
  readonly heldNs: number;
  readonly longestWaitNs: number;
}

/** How a lock's grants went on around the ends of holders. */
export interface RecoveryRecord {
  /** Holders that were ended. */
  readonly deaths: number;
  readonly binNs: number;
  /** How many of the bins lie before the end. */
  readonly binsBefore: number;
  /** Grants to the others in each bin, of all deaths whose windows cover it. */
  readonly grants: readonly number[];
  /** How many of the deaths have a window that covers the bin: beyond it nobody asked any more. */
  readonly covered: readonly number[];
  /** From the order that ended a holder to the next grant; of a death without one there is nothing here. */
  readonly nextGrantNs: readonly number[];
}

/** What a scenario's windows showed beside their throughput. Histograms are of nanoseconds, encoded. */
export interface LoadRecord {
  readonly contenders: readonly ContenderLoad[];
  /** From asking to the grant. */
  readonly waits: string;
  /** Of each operation: how many others were granted between asking and its own grant; null without a lock. Counts, not nanoseconds. */
  readonly passedBy: string | null;
  /** Jain's index over the contenders' times inside, of each window; none where a contender is ended. */
  readonly jainHeld: readonly number[];
  /** From the time at which an operation was meant to begin to its end; null where each begins as the last has ended. */
  readonly latencies: string | null;
  /** How much later than asked for the timers of contenders that awaited a grant came; null where nobody looked. */
  readonly loopDelays: string | null;
  /** In the order of entering; of one window, and only in scenarios that are drawn. */
  readonly sections: readonly SectionTimes[];
  /** Null where nobody is ended. */
  readonly recovery: RecoveryRecord | null;
  /** Null where operations do not come at times of their own. */
  readonly rates: LoadRates | null;
}

/** Under open arrivals: operations per second of all contenders. */
export interface LoadRates {
  /** What the lock served when everybody came again at once: the median of three short windows before the others. */
  readonly saturationPerS: number;
  /** What was meant to begin in the windows; it came at random, so it is not just the share that was aimed at. */
  readonly offeredPerS: number;
  /** What came in within the windows. */
  readonly servedPerS: number;
}

/** What one process measured. */
export interface BlockResult {
  readonly windows: readonly WindowRecord[];
  /** Mean nanoseconds per operation over the windows, by tinybench. */
  readonly meanNs: number;
  /** Warm-up windows of each contender. */
  readonly warmUps: readonly number[];
  /** Whether its rates agreed in the end, of each contender as in `warmUps`; null of one that did not work, or if not known. */
  readonly settled: readonly (boolean | null)[];
  /** What a look at the clock costs each contender, in nanoseconds; empty where not known. */
  readonly lookNs: readonly number[];
  readonly check: CheckRecord | null;
  readonly sellOut: SellOutRecord | null;
  /** Null where the scenario is `steady`. */
  readonly load: LoadRecord | null;
  /** What others did disturbed it; false as well where that is not known (`othersCores` is null). */
  readonly contaminated: boolean;
  /** Smallest step seen of the clock that waits are timed with. */
  readonly clockStepNs: number;
  /** What the clocks of two contenders may differ by; 0 where all have the same one. */
  readonly clockErrorNs: number;
}
