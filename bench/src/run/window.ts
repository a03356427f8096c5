import { warmUpOf } from "./block.ts";
import { LEAD_NS, type Span, TAIL_NS } from "./pacer.ts";
import type { CounterLayout } from "./shared-words.ts";

/** What every contender is told about a window. */
export interface WindowInput {
  /**
   * `warm-up`: windows until three agree; `throughput`: nothing but the work, no clock per operation;
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
  /** Most warm-up windows. */
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
    warmUpsAtMost: warmUpOf(windowMs).atMost,
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

/** Warm-up windows agree if the last three lie within 5 %. */
const AGREEING = 3;
const AGREEMENT = 1.05;

/** True once warm-up may end: the last three rates differ by at most 5 %. */
export function ratesAgree(rates: readonly number[]): boolean {
  if (rates.length < AGREEING) return false;
  const last = rates.slice(-AGREEING);
  return Math.max(...last) <= Math.min(...last) * AGREEMENT;
}

/** When the contenders of a window work, and when it counts. A warm-up window has no edges to keep clear of. */
export function spanOf(fromNs: bigint, lengthNs: number, phase: WindowInput["phase"]): Span {
  const beginNs = phase === "warm-up" ? fromNs : fromNs + LEAD_NS;
  const endNs = beginNs + BigInt(lengthNs);
  return { beginNs, endNs, tailNs: phase === "warm-up" ? endNs : endNs + TAIL_NS };
}
