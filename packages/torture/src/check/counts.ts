import type { Note } from "../contender/notes.ts";
import type { PromiseId } from "../plan/promises.ts";
import type { Injected, RoundReport } from "../round/round-report.ts";

/** A fault as the table counts it. */
export type InjectedName =
  | Injected["what"]
  | "late commit"
  | "image"
  | "image of a disk that lies"
  | "disk fault"
  | "input"
  | "sale at full speed";

/** A part of a promise that fails in another way than the rest, and has a row of its own; "": it has none. */
export type Part =
  | ""
  | "of the holder"
  | "of others"
  | "late commits"
  | "deaths"
  | "stops"
  | "kills while writing"
  | "images"
  | "images of a disk that lies"
  | "messages"
  | "inputs";

/** The promise that something done to a round's contenders tries, whatever the round is about. */
const tried: Readonly<Partial<Record<InjectedName, PromiseId>>> = {
  stop: "P3",
  "owner-kill": "P7",
  "owner-stop": "P7",
  clock: "P10",
};

/** Promises about whoever holds a lock: to strike another tries less. */
const OF_HOLDERS: ReadonlySet<PromiseId> = new Set<PromiseId>(["P2", "P3", "P4", "P5"]);

/** The promise that something done in a round tries. `main`: that which the round's deaths try. */
export function triedBy(what: Injected["what"], main: PromiseId): PromiseId {
  return tried[what] ?? (main === "P11" ? "P2" : main);
}

/** The part of its promise that something done in a round tries. */
export function partOf(promise: PromiseId, what: Injected["what"], isHolder: boolean): Part {
  if (OF_HOLDERS.has(promise)) return isHolder ? "of the holder" : "of others";
  if (what === "owner-kill") return "deaths";
  if (what === "owner-stop") return "stops";
  return promise === "P8" ? "kills while writing" : "";
}

/** How often one promise, or a part of it, was tried, and by what. */
export interface Count {
  readonly promise: PromiseId;
  readonly part: Part;
  /** How often it could have failed. */
  trials: number;
  readonly injected: Partial<Record<InjectedName, number>>;
  /** All there is of something, one after the other: what is rare is not seldom missed, and nothing is bounded. */
  readonly isEnumeration: boolean;
}

/** How often promises were tried, and what was done for that. */
export class Counts {
  readonly #counts = new Map<string, Count>();

  rows(): Iterable<Count> {
    return this.#counts.values();
  }

  /** By promise, whatever the part. */
  entries(): Iterable<[PromiseId, Pick<Count, "trials" | "injected">]> {
    const sums = new Map<PromiseId, Pick<Count, "trials" | "injected">>();
    for (const { promise, trials, injected } of this.rows()) {
      const before = sums.get(promise);
      sums.set(promise, {
        trials: (before?.trials ?? 0) + trials,
        injected: { ...before?.injected, ...injected },
      });
    }
    return sums;
  }

  add(promise: PromiseId, trials: number, part: Part = ""): void {
    if (trials > 0) this.#count(promise, part).trials += trials;
  }

  /** Something was done so many times, each a trial unless said otherwise. */
  inject(
    promise: PromiseId,
    name: InjectedName,
    times: number,
    { part = "", trials = times }: { readonly part?: Part; readonly trials?: number } = {},
  ): void {
    if (times === 0) return;
    this.add(promise, trials, part);
    const { injected } = this.#count(promise, part);
    injected[name] = (injected[name] ?? 0) + times;
  }

  /** So many were looked at of all that there are. */
  enumerate(promise: PromiseId, name: InjectedName, times: number, part: Part = ""): void {
    if (times === 0) return;
    this.#count(promise, part, true);
    this.inject(promise, name, times, { part });
  }

  /**
   * @param main - the promise that a round's deaths try
   * @param hitsHolder - whether it struck one that held the lock
   */
  addReport(
    { injected, sold, inputs }: RoundReport,
    main: PromiseId,
    hitsHolder: (injected: Injected) => boolean = () => false,
  ): void {
    for (const one of injected) {
      const { what, count } = one;
      // Those who wait in line are counted by their grants, and messages by who sends them.
      if (what === "line" || what === "messages") continue;
      const promise = triedBy(what, main);
      const part = partOf(promise, what, hitsHolder(one));
      // All clocks jump at once: what comes of it is seen once.
      const times = what === "clock" ? (count ?? 0) : 1;
      this.inject(promise, what, times, { part, trials: 1 });
    }
    this.inject("P1", "sale at full speed", sold);
    this.inject("P15", "input", inputs, { part: "inputs" });
  }

  addNote(note: Note): void {
    if (note.what === "retried") this.add("P13", 1);
    if (note.what === "sent") this.inject("P15", "messages", note.messages, { part: "messages" });
    if (note.what === "late" && note.refused)
      this.inject("P3", "late commit", 1, { part: "late commits" });
  }

  #count(promise: PromiseId, part: Part, isEnumeration = false): Count {
    const key = `${promise} ${part}`;
    let count = this.#counts.get(key);
    if (count === undefined) {
      count = { promise, part, trials: 0, injected: {}, isEnumeration };
      this.#counts.set(key, count);
    }
    return count;
  }
}
