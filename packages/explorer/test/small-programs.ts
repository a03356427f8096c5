import type { Program, Steps } from "../src/index.ts";
import { sharedWords } from "./shared-words.ts";

/** One line of a program as data, which both the explorer and the brute force can run. */
export interface Line {
  readonly what:
    | "load"
    | "store"
    | "add"
    | "exchange"
    | "compareExchange"
    | "wait"
    | "timed wait"
    | "wake"
    | "enter"
    | "exit";
  readonly at: number;
  readonly value: number;
  readonly expected: number;
  /** If this comes out, the next line is left out. Of a wait: how it ended. */
  readonly skipIf: number | string;
}

/** What all threads of a small model run. */
export interface SmallModel {
  readonly codes: readonly (readonly Line[])[];
  /** What somebody runs after the death of the first thread; nobody dies without. */
  readonly recovery: readonly Line[] | undefined;
}

/** Stays as it is: the explorer keeps the memory. */
const words = sharedWords(2);

function execute(steps: Steps, { what, at, value, expected }: Line): number | string | undefined {
  switch (what) {
    case "load":
      return Atomics.load(words, at);
    case "store":
      return Atomics.store(words, at, value);
    case "add":
      return Atomics.add(words, at, value);
    case "exchange":
      return Atomics.exchange(words, at, value);
    case "compareExchange":
      return Atomics.compareExchange(words, at, expected, value);
    case "wait":
      return Atomics.wait(words, at, value);
    case "timed wait":
      return Atomics.wait(words, at, value, 1);
    case "wake":
      return Atomics.notify(words, at, value);
    case "enter":
      return void steps.enter();
    case "exit":
      return void steps.exit();
  }
}

/** The code as a program for the explorer. Each line is a place of its own, if it is marked. */
export function programOf(code: readonly Line[]): Program {
  return (steps) => {
    for (let at = 0; at < code.length; at++) {
      steps.mark("line", at);
      if (execute(steps, code[at]!) === code[at]!.skipIf) at++;
    }
  };
}
