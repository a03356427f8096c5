import type { DeathPoint } from "@ticketlock/conformance/kit";
import type { FaultName } from "./faults.ts";

/** How a contender ends itself inside its section. */
export type Ending = "throw" | "rejection" | "exit" | "memory";

/** One thing that is done to a round's contenders, or that one of them does to itself. */
export type Injection =
  /** SIGKILL, or the end of a thread; of whoever holds the lock, where `aims` and somebody mortal does. */
  | {
      readonly what: "kill" | "terminate";
      readonly victim: number;
      readonly aims: boolean;
      /** The owner's thread is blocked for so long right after it; 0: it is not. */
      readonly blockMs: number;
    }
  | {
      readonly what: "stop";
      readonly victim: number;
      readonly aims: boolean;
      readonly forMs: number;
    }
  /** The victim ends itself in its section, at the operation of this number in the wave or soon after. */
  | {
      readonly what: "end";
      readonly victim: number;
      readonly how: Ending;
      readonly operation: number;
    }
  | {
      readonly what: "point";
      readonly victim: number;
      readonly during: "acquire" | "release";
      readonly point: DeathPoint;
      readonly operation: number;
    }
  /** Milliseconds by which each contender's wall clock jumps, and the owner's. */
  | { readonly what: "clock"; readonly jumpsMs: readonly number[]; readonly ownerMs: number }
  | { readonly what: "messages"; readonly attacker: number; readonly count: number }
  | { readonly what: "owner-kill" }
  | { readonly what: "owner-stop"; readonly forMs: number };

/** A stretch in which all contenders compete, something happens, and then all come to rest. */
export interface Wave {
  /** Milliseconds before it happens, and after. */
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly injections: readonly Injection[];
}

/** What contenders do: sell under the lock, count under the lock, or sell in one step without it. */
export type Style = "sale" | "section" | "atomic";

/** One round, drawn from a seed; JSON. The same seed and number give the same plan. */
export interface RoundPlan {
  readonly seed: number;
  readonly round: number;
  readonly fault: FaultName;
  /** Name of the cast; empty where no contender has a part in it. */
  readonly cast: string;
  readonly lock: string | null;
  readonly store: string | null;
  readonly style: Style;
  readonly contenders: number;
  /** What contenders draw from. */
  readonly sessionSeed: number;
  readonly capacity: number;
  /** The store is made with room for so many sales, where its room is fixed; null: for all. */
  readonly room: number | null;
  /** The lock is made with tokens above this. */
  readonly tokensAbove: number;
  /** Contenders pause at random between their atomic operations. */
  readonly pauses: boolean;
  /** Contenders stay in their sections for long, so that whoever is struck while it holds is struck there. */
  readonly lingers: boolean;
  /** Waiters do not look by themselves, where the lock allows that: what they are not woken for they wait for in vain. */
  readonly looksSeldom: boolean;
  readonly waves: readonly Wave[];
}
