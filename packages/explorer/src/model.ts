import type { Program } from "./replay.ts";

/** One thread of the model. */
export interface Thread {
  readonly name: string;
  readonly program: Program;
  /** May be killed before any of its operations, and asleep, while `deaths` last. */
  readonly mortal?: boolean;
  /** Runs only once the thread of this name has been killed: whoever learns of that death. */
  readonly afterDeathOf?: string;
}

export interface Model {
  readonly threads: readonly Thread[];
  /** What the words hold at the start, by index; 0 where it says nothing. */
  readonly memory?: ReadonlyMap<number, number>;
  /** Where in the model's memory each array that the code passes to `Atomics` begins; 0 where it says nothing. */
  readonly bases?: ReadonlyMap<Int32Array, number>;
  /** How many of the mortal threads may die. */
  readonly deaths?: number;
  /** A thread that dies asleep stays in the queue, and swallows a notification. */
  readonly zombies?: boolean;
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
  /** What is wrong with the memory when all threads have ended; `undefined` if nothing is. */
  readonly whenOver?: (word: (at: number) => number) => string | undefined;
  /** False: every log is a state of its own. For small programs, to check that the marks hide nothing. */
  readonly usesMarks?: boolean;
  readonly maxStates?: number;
}

export interface Verdict {
  /** `unknown`: there are more states than `maxStates`. */
  readonly verdict: "proved" | "violated" | "unknown";
  readonly states: number;
  /** How it can come out: the words that have changed since the start, and who died. */
  readonly ends: readonly string[];
  /** How often a thread was overtaken at most. */
  readonly maxBypass: number;
  readonly violation?: string;
  /** The fewest steps that lead to the violation. */
  readonly trace?: readonly string[];
}
