import { LEAD_NS, type Span, TAIL_NS } from "./pacer.ts";
import type { CounterLayout } from "./shared-words.ts";
import { warmUpAlone } from "./warm-up.ts";

/** What every contender is told about a window. */
export interface WindowInput {
  /**
   * `warm-up`: one window of contenders that compete, of others windows until three agree; `throughput`: nothing but the work, no clock per operation;
   * `check`: overlaps, tokens and waits are looked at too, so its speed is not reported.
   */
  readonly phase: "warm-up" | "throughput" | "check";
  readonly lengthNs: number;
  readonly section: number;
  readonly layout: CounterLayout;
  /** Await every acquisition, even where the lock could block. */
  readonly async: boolean;
  /** Only contender 0 works, and does everybody's share: the oracle. */
  readonly alone: boolean;
  /** Check windows time one operation in so many. */
  readonly sampleEvery: number;
  /** Most warm-up windows of a contender without rivals. */
  readonly warmUpsAtMost: number;
}

/**
 * What contenders are told about a window, with what most windows have filled in.
 *
 * @param windowMs - length of the block's throughput windows, from which that of its warm-up follows
 */
export function windowInput(
  phase: WindowInput["phase"],
  lengthMs: number,
  windowMs: number,
  part: Partial<WindowInput> = {},
): WindowInput {
  return {
    phase,
    lengthNs: Math.round(lengthMs * 1e6),
    section: 0,
    layout: "shared",
    async: false,
    alone: false,
    sampleEvery: 1,
    warmUpsAtMost: warmUpAlone(windowMs).atMost,
    ...part,
  };
}

/** What a contender found. Times are nanoseconds after the owner's start. */
export interface WindowOutput {
  /** Operations that count: those done while everybody worked. */
  readonly operations: number;
  /** All operations, which is what the counter must show. */
  readonly allOperations: number;
  /** When the contender came. */
  readonly startedAfterNs: number;
  /** When what counts began and ended. */
  readonly beganAfterNs: number;
  readonly endedAfterNs: number;
  /** What the contender's clock and the owner's may differ by. */
  readonly clockErrorNs: number;
  /** CPU time of this contender's process; the owner adds them up where contenders are processes. */
  readonly cpuUs: number;
  /** Warm-up windows run. */
  readonly warmUps: number;
  /** Whether the rates of this contender's warm-up agreed in the end; null where it was no warm-up of its own. */
  readonly settled: boolean | null;
  /** What a look at the clock costs, measured after a warm-up; else null. */
  readonly lookNs: number | null;
  /** Looks at the clock while it counted, one after each batch; null where every operation was timed. */
  readonly looks: number | null;
  readonly overlaps: number;
  /** Operations in which overlaps could have been seen. */
  readonly overlapTrials: number;
  readonly tokensOutOfOrder: number;
  /** Sampled waits, encoded; empty outside check windows. */
  readonly histogram: string;
  /** Tickets this contender was told it has; 0 in counter cells. */
  readonly sold: number;
  /** Repeated optimistic writes. */
  readonly retries: number;
}

/**
 * When the contenders of a window work, and when it counts.
 * @param hasEdges - false where nobody has rivals that may come late or go early, and nothing is measured
 */
export function spanOf(fromNs: bigint, lengthNs: number, hasEdges = true): Span {
  const beginNs = hasEdges ? fromNs + LEAD_NS : fromNs;
  const endNs = beginNs + BigInt(lengthNs);
  return { beginNs, endNs, tailNs: hasEdges ? endNs + TAIL_NS : endNs };
}
