import type { Note } from "../contender/notes.ts";
import type { PromiseId } from "../plan/promises.ts";
import type { Injected, RoundReport } from "../round/round-report.ts";

/** A fault as the table counts it. */
export type InjectedName = Injected["what"] | "late commit" | "image" | "disk fault" | "input";

/** The promise that something done to a round's contenders tries. */
const tried: Readonly<Partial<Record<InjectedName, PromiseId>>> = {
  stop: "P3",
  "owner-kill": "P7",
  "owner-stop": "P7",
  clock: "P10",
  messages: "P15",
  line: "P11",
};

/** How often each promise was tried, and what was done; JSON by `toJSON`. */
export class Counts {
  readonly trials = new Map<PromiseId, number>();
  readonly injected = new Map<InjectedName, number>();

  add(promise: PromiseId, trials: number): void {
    this.trials.set(promise, (this.trials.get(promise) ?? 0) + trials);
  }

  inject(name: InjectedName, times: number): void {
    this.injected.set(name, (this.injected.get(name) ?? 0) + times);
  }

  /** `main`: the promise that a round's deaths try. */
  addInjected({ injected, sold, inputs }: RoundReport, main: PromiseId): void {
    for (const { what, count } of injected) {
      const times = what === "messages" || what === "clock" ? (count ?? 0) : 1;
      this.inject(what, times);
      // Those who wait in line are counted by their grants.
      if (what !== "line") this.add(tried[what] ?? (main === "P11" ? "P2" : main), times);
    }
    if (sold > 0) this.add("P1", sold);
    if (inputs > 0) {
      this.add("P15", inputs);
      this.inject("input", inputs);
    }
  }

  addNote(note: Note): void {
    if (note.what === "retried") this.add("P13", 1);
    if (note.what !== "late") return;
    this.inject("late commit", 1);
    if (note.refused) this.add("P3", 1);
  }

  /** Takes over what another has counted. */
  merge(other: CountsData): void {
    for (const [promise, trials] of Object.entries(other.trials)) this.add(promise as PromiseId, trials); // prettier-ignore
    for (const [name, times] of Object.entries(other.injected)) this.inject(name as InjectedName, times); // prettier-ignore
  }

  toJSON(): CountsData {
    return {
      trials: Object.fromEntries(this.trials),
      injected: Object.fromEntries(this.injected),
    };
  }
}

/** Counts as plain data. */
export interface CountsData {
  readonly trials: Readonly<Record<string, number>>;
  readonly injected: Readonly<Record<string, number>>;
}
