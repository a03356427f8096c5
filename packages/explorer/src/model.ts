import type { LoopSeam, Program } from "./replay.ts";
import type { WordNames } from "./word-table.ts";

/** One thread of the model. */
export interface Thread {
  readonly name: string;
  readonly program: Program;
  /** May be killed before any of its operations, and asleep, while `deaths` last. */
  readonly mortal?: boolean;
  /** Runs only once the thread of this name has been killed: whoever learns of that death. Any number may. */
  readonly afterDeathOf?: string;
  /** May be asleep when all others have ended, as one who serves them: that is no sleep for ever. */
  readonly mayRest?: boolean;
}

export interface Model {
  readonly threads: readonly Thread[];
  /** Where the explored code says that its loops close. Without: every log is a state of its own, as correct and slower. */
  readonly seam?: LoopSeam;
  /** Names of words, for traces and ends. */
  readonly names?: WordNames;
  /** How many of the mortal threads may die. */
  readonly deaths?: number;
  /**
   * What is left of the dead. Nothing, unless told. `stay-queued`: who dies asleep swallows a wake-up.
   * `run-on`: who is taken for dead, so that its recovery runs, goes on as if nothing were; but nobody
   * waits for it to end, so it may sleep for ever.
   */
  readonly zombies?: "stay-queued" | "run-on";
  /** Whom a wake-up reaches: who has slept longest (`fifo`, as Atomics.notify), or any of them. Default `fifo`. */
  readonly wakeOrder?: "fifo" | "any";
  /** Who sleeps may wake without a wake-up, at any time. Nobody may depend on it. */
  readonly spuriousWakeUps?: boolean;
  /**
   * False: the time of a wait is never over. Where code slices its waits, this proves that it needs
   * no slice's end to go on.
   */
  readonly timeOuts?: boolean;
  /** How often others may enter between a thread's arrival and its entrance. */
  readonly bypassLimit?: number;
  /** What is wrong in this state; asked in every state. Reads the words with Atomics, as the programs do. */
  readonly always?: () => string | undefined;
  /**
   * What is wrong when all have ended, but for the dead. Reads the words with Atomics; what it writes, as by
   * taking a lock once more, is seen by itself alone.
   */
  readonly whenOver?: () => string | undefined;
  /**
   * False: does not look for threads that go round for ever although each goes on again and again, and
   * nobody enters or ends (a livelock, or a lock that is never given back). An exhaustive search looks
   * for them, unless told; other searches cannot.
   */
  readonly fairCycles?: boolean;
  /** False: every log is a state of its own. For small programs, to check that the marks hide nothing. */
  readonly usesMarks?: boolean;
  /**
   * How many states are looked at before the verdict is `unknown`. Default 2 million, at most 134 million
   * (2 ** 27). Each takes some 70 bytes, and the most that is ever held is a third more.
   */
  readonly maxStates?: number;
}

/** At most so many switches away from a thread that could go on; switches from one that sleeps, has ended or died are free. */
export interface PreemptionBound {
  readonly preemptions: number;
}

/**
 * Threads run by random priorities, which change at `depth` - 1 random steps of a run. In each run, a
 * violation that takes `depth` orderings of steps is found with at least the probability that the
 * verdict names.
 */
export interface RandomPriorities {
  readonly runs: number;
  /** 1 to 10. Most known bugs of locks need 3 or less. */
  readonly depth: number;
  /** The same seed gives the same runs. Default 1. */
  readonly seed?: number;
}

/** What is searched besides every interleaving. */
export type Search = PreemptionBound | RandomPriorities;

/** One step of a trace. */
export interface TraceStep {
  readonly thread: string;
  /** `steps`: its next operation. `wakes`: by chance. */
  readonly event: "steps" | "times out" | "wakes" | "dies";
  /** Whom a wake-up reached. */
  readonly woken?: readonly string[];
  /** What it did, as `compareExchange(lock, 0, 1)`. */
  readonly operation?: string;
  /** What that gave back; absent if the thread fell asleep. */
  readonly result?: number | string;
  /** Who is inside the section afterwards. */
  readonly inside: readonly string[];
  readonly asleep: readonly string[];
}

/** A way to a violation. Plain data: it survives JSON, and can be replayed. */
export interface Trace {
  readonly violation: string;
  readonly steps: readonly TraceStep[];
  /** From this step on it goes round for ever. */
  readonly cycleFrom?: number;
}

export interface Verdict {
  /**
   * `proved`: no interleaving breaks what was checked, and some end. `violation`: one does. `unknown`:
   * none of those that `covered` names does.
   */
  readonly verdict: "proved" | "violation" | "unknown";
  /** Which interleavings were looked at. */
  readonly covered: string;
  readonly states: number;
  /** Steps from a state to a state. */
  readonly transitions: number;
  /** States in which nobody goes on any more. */
  readonly terminalStates: number;
  /** How many steps it takes to the farthest state. */
  readonly depth: number;
  /** How often a thread was overtaken at most. */
  readonly maxBypass: number;
  /** How it can come out: the words that have changed since the start, and who died. */
  readonly ends: readonly string[];
  readonly violation?: string;
  /** A way to the violation; of an exhaustive search, and unless it goes round for ever, one of the fewest steps. */
  readonly trace?: Trace;
}
