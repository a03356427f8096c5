import type { Note } from "../contender/notes.ts";
import type { PromiseId } from "../plan/promises.ts";
import type { Injected, RoundReport } from "../round/round-report.ts";

/** A fault as the table counts it. */
export type InjectedName =
  | Injected["what"]
  | "late commit"
  | "image"
  | "disk fault"
  | "input"
  | "sale at full speed";

/** The promise that something done to a round's contenders tries, whatever the round is about. */
const tried: Readonly<Partial<Record<InjectedName, PromiseId>>> = {
  stop: "P3",
  "owner-kill": "P7",
  "owner-stop": "P7",
  clock: "P10",
};

/** The promise that something done in a round tries. `main`: that which the round's deaths try. */
export function triedBy(what: Injected["what"], main: PromiseId): PromiseId {
  return tried[what] ?? (main === "P11" ? "P2" : main);
}

/** How often one promise was tried, and by what. */
export interface Count {
  trials: number;
  readonly injected: Partial<Record<InjectedName, number>>;
}

/** How often promises were tried, and what was done for that. */
export class Counts {
  readonly #counts = new Map<PromiseId, Count>();

  entries(): Iterable<[PromiseId, Count]> {
    return this.#counts;
  }

  add(promise: PromiseId, trials: number): void {
    if (trials > 0) this.#count(promise).trials += trials;
  }

  /** Something was done so many times, each a trial. */
  inject(promise: PromiseId, name: InjectedName, times: number): void {
    if (times === 0) return;
    this.add(promise, times);
    const { injected } = this.#count(promise);
    injected[name] = (injected[name] ?? 0) + times;
  }

  /** `main`: the promise that a round's deaths try. */
  addReport({ injected, sold, inputs }: RoundReport, main: PromiseId): void {
    for (const { what, count } of injected) {
      // Those who wait in line are counted by their grants, and messages by who sends them.
      if (what === "line" || what === "messages") continue;
      const times = what === "clock" ? (count ?? 0) : 1;
      this.inject(triedBy(what, main), what, times);
    }
    this.inject("P1", "sale at full speed", sold);
    this.inject("P15", "input", inputs);
  }

  addNote(note: Note): void {
    if (note.what === "retried") this.add("P13", 1);
    if (note.what === "sent") this.inject("P15", "messages", note.messages);
    if (note.what === "late" && note.refused) this.inject("P3", "late commit", 1);
  }

  #count(promise: PromiseId): Count {
    let count = this.#counts.get(promise);
    if (count === undefined) this.#counts.set(promise, (count = { trials: 0, injected: {} }));
    return count;
  }
}
