import type { Model, Program, Steps } from "../src/index.ts";
import { sharedWords } from "./shared-words.ts";
import { seam } from "./small-locks.ts";

/** One line of a program as data, which both the explorer and the brute force can run. */
export interface Line {
  readonly what:
    | "load"
    | "store"
    | "add"
    | "sub"
    | "and"
    | "or"
    | "xor"
    | "exchange"
    | "compareExchange"
    | "wait"
    | "timed wait"
    | "poll"
    | "wake"
    | "enter"
    | "exit"
    /** Goes back by `at` lines, `value` times in all. */
    | "again";
  readonly at: number;
  readonly value: number;
  readonly expected: number;
  /** If this comes out, the next line is left out. Of a wait: how it ended. */
  readonly skipIf: number | string;
}

/** Who runs after the death of the thread with this number. */
export interface Recovery {
  readonly of: number;
  readonly code: readonly Line[];
}

/** What all threads of a small model run, and what may happen to them. */
export interface SmallModel extends Pick<Model, "zombies"> {
  readonly codes: readonly (readonly Line[])[];
  /** Some for each of the first threads that may die; nobody dies where there are none. */
  readonly recoveries: readonly Recovery[];
  readonly deaths: number;
  readonly wakesAny: boolean;
  readonly wakesByChance: boolean;
  readonly timesOut: boolean;
}

/** Stays as it is: the explorer keeps the memory. */
const words = sharedWords(2);

function execute(steps: Steps, { what, at, value, expected }: Line): number | string | undefined {
  switch (what) {
    case "load":
      return Atomics.load(words, at);
    case "compareExchange":
      return Atomics.compareExchange(words, at, expected, value);
    case "wait":
      return Atomics.wait(words, at, value);
    case "timed wait":
      return Atomics.wait(words, at, value, 1);
    case "poll":
      return Atomics.wait(words, at, value, 0);
    case "wake":
      return Atomics.notify(words, at, value);
    case "enter":
      return void steps.enter();
    case "exit":
      return void steps.exit();
    case "again":
      return undefined;
    default:
      return Atomics[what](words, at, value);
  }
}

/** Which marks a program makes: one for each line, or only where its loops close. */
export type Marks = "lines" | "loops";

/** The code as a program for the explorer. Where it stands, and how often it has gone back, is all that is live. */
export function programOf(code: readonly Line[], marks: Marks): Program {
  const headOf = (at: number): number => Math.max(0, at - code[at]!.at);
  const heads = new Set(code.flatMap(({ what }, at) => (what === "again" ? [headOf(at)] : [])));
  return (steps) => {
    const laps = code.map(() => 0);
    for (let at = 0; at < code.length;) {
      if (marks === "lines") steps.mark("line", at, ...laps);
      else if (heads.has(at)) seam.loop(`from line ${at}`, ...laps);
      const line = code[at]!;
      if (line.what === "again" && laps[at]! < line.value) {
        laps[at]!++;
        at = headOf(at);
      } else at += execute(steps, line) === line.skipIf ? 2 : 1;
    }
  };
}
