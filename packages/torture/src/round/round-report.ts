import type { LockState } from "@ticketlock/core";
import type { Injection, RoundPlan } from "../plan/round-plan.ts";

/** Something that was done to a contender, the owner, or all. Times are decimal nanoseconds of the session's clock. */
export interface Injected {
  readonly what: Injection["what"] | "line";
  readonly wave: number;
  /** Client's name; none where it was done to the owner or to all. */
  readonly victim?: string;
  /** Just before it was done. */
  readonly atNs: string;
  /** When it was over: the end was told, the stopped one goes on. */
  readonly untilNs?: string;
  /** The lock was lost with the victim, and reset at that time. */
  readonly resetNs?: string;
  /** The owner's thread was blocked for so long. */
  readonly blockedMs?: number;
  /** How many: clocks that jumped, waiters in line. */
  readonly count?: number;
  /** More exactly, as "exit" or "before compareExchange 2"; of a line, who waited, in order. */
  readonly how?: string;
}

/** What the owner of a round's session saw. */
export interface RoundReport {
  readonly round: number;
  readonly phase: string;
  readonly injected: readonly Injected[];
  /** How each contender ended. */
  readonly outcomes: readonly { readonly status: string; readonly error?: string }[];
  /** Where it went no further, and how the lock stood then; null if all came to their end. */
  readonly stall: string | null;
  /** The lock at the end, when nobody uses it any more. */
  readonly state: LockState | null;
  /** What is wrong that the owner saw by itself, each a sentence, with the promise that it breaks. */
  readonly findings: readonly { readonly promise: string; readonly sentence: string }[];
  /** What clocks of contenders and owner may differ by at most. */
  readonly clockErrorNs: number;
  /** Fence of the store when the session was opened. */
  readonly fence: number;
  /** Sold at full speed, without a history. */
  readonly sold: number;
  /** Tried without a session: handles, names, texts. */
  readonly inputs: number;
  readonly wallMs: number;
}

/** What a round's process tells while it plays. */
export type RoundEvent =
  | { readonly type: "begun"; readonly round: number }
  /** A session is open: these processes must be gone when the owner is. */
  | {
      readonly type: "open";
      readonly round: number;
      readonly owner: number;
      readonly ids: readonly number[];
    }
  /** Kill me. */
  | { readonly type: "kill" }
  /** Stop me for so long; then make the file that I look for. */
  | { readonly type: "stop"; readonly forMs: number; readonly file: string }
  | { readonly type: "report"; readonly report: RoundReport };

/** What a round's process is told to do. */
export interface PlayInput {
  readonly rounds: readonly {
    readonly plan: RoundPlan;
    /** The round's own folder, which exists and is empty, or has the first session's files. */
    readonly folder: string;
    readonly memory: string;
    readonly phase: string;
  }[];
  /** No round begins after so many milliseconds. */
  readonly forMs: number;
  /** Longest time that anything may take that should happen at once. */
  readonly limitMs: number;
}
