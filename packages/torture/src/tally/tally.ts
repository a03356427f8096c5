import type { CheckedRound } from "../check/check-round.ts";
import { type Count, type InjectedName, type Part, partOf } from "../check/counts.ts";
import { type PromiseId, promiseIds } from "../plan/promises.ts";
import type { RoundPlan } from "../plan/round-plan.ts";

/** Promises that are told of for each lock, since each recovers in its own way. */
const BY_LOCK: ReadonlySet<PromiseId> = new Set<PromiseId>(["P2", "P3", "P4", "P5", "P6", "P7"]);

/** One line of the table: a promise or a part of it, and where locks differ, of one kind of lock. */
export interface TallyRow {
  readonly promise: PromiseId;
  readonly part: Part;
  readonly lock: string | null;
  /** How often it could have failed. */
  trials: number;
  /** All that there is of something, so that nothing is bounded by how much that is. */
  readonly isEnumeration: boolean;
  readonly injected: Partial<Record<InjectedName, number>>;
  /** Those that were found where this was tried, whatever they broke. */
  violations: number;
  /** In milliseconds, in the order in which they were seen. */
  readonly recoveriesMs: number[];
}

/** A broken promise, and the round in which it was. */
export interface Violation {
  readonly promise: PromiseId;
  /** The promises that it counts against. */
  readonly booked: readonly PromiseId[];
  readonly round: number;
  readonly cast: string;
  readonly sentence: string;
  /** Where the round's histories are kept. */
  readonly kept: string;
}

/** What a tally consists of: JSON. */
export interface TallyData {
  readonly rounds: number;
  readonly rows: readonly TallyRow[];
  readonly violations: readonly Violation[];
}

/** Adds up rounds: what was tried, what was done for it, and what was found. */
export class Tally {
  #rounds = 0;
  readonly #rows = new Map<string, TallyRow>();
  readonly violations: Violation[] = [];

  /** Goes on where another has stopped. */
  static from({ rounds, rows, violations }: TallyData): Tally {
    const tally = new Tally();
    tally.#rounds = rounds;
    for (const row of rows) tally.#rows.set(keyOf(row), structuredClone(row) as TallyRow);
    tally.violations.push(...violations);
    return tally;
  }

  get rounds(): number {
    return this.#rounds;
  }

  /** In the order of the promises, and of the locks' and parts' names. */
  get rows(): TallyRow[] {
    const place = ({ promise, part, lock }: TallyRow): string =>
      `${String(promiseIds.indexOf(promise)).padStart(2, "0")} ${lock ?? ""} ${part}`;
    return [...this.#rows.values()].toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
  }

  /**
   * Adds a round. `kept`: where its histories are, if anything was found. What was found counts against its own
   * promise and against all that were tried in the round: nobody knows which of it has brought it about.
   */
  add(plan: RoundPlan, { counts, findings, recoveries }: CheckedRound, kept: string): void {
    this.#rounds++;
    const rows = new Set<TallyRow>();
    for (const count of counts.rows()) {
      const row = this.#row(count, plan);
      rows.add(row);
      row.trials += count.trials;
      for (const [name, times] of Object.entries(count.injected) as [InjectedName, number][])
        row.injected[name] = (row.injected[name] ?? 0) + times;
    }
    for (const { promise, what, ms } of recoveries) {
      const part = partOf(promise, what, true);
      this.#row({ promise, part, isEnumeration: false }, plan).recoveriesMs.push(ms);
    }
    for (const { promise, sentence } of findings) {
      const booked = new Set(rows);
      if (![...rows].some((row) => row.promise === promise))
        booked.add(this.#row({ promise, part: "", isEnumeration: false }, plan));
      for (const row of booked) row.violations++;
      const booking = [...new Set([...booked].map((row) => row.promise))];
      this.violations.push({ promise, booked: booking, round: plan.round, cast: plan.cast, sentence, kept }); // prettier-ignore
    }
  }

  /** Adds a violation that was found in a round which was not added; false if it is known. */
  addFound(violation: Violation): boolean {
    if (this.violations.some(({ kept, sentence }) => kept === violation.kept && sentence === violation.sentence)) return false; // prettier-ignore
    this.violations.push(violation);
    for (const promise of violation.booked) {
      const rows = this.rows.filter((row) => row.promise === promise);
      if (rows.length === 0) rows.push(this.#rowOf({ promise, part: "", isEnumeration: false }, null)); // prettier-ignore
      // Which of its rows it was is not known.
      for (const row of rows) row.violations++;
    }
    return true;
  }

  /** How often something was done to try a promise, of one lock or of all. */
  injected(promise: PromiseId, name: InjectedName, lock?: string): number {
    return this.rows
      .filter((row) => row.promise === promise && (lock === undefined || row.lock === lock))
      .reduce((sum, { injected }) => sum + (injected[name] ?? 0), 0);
  }

  toJSON(): TallyData {
    return { rounds: this.#rounds, rows: this.rows, violations: this.violations };
  }

  #row(count: Pick<Count, "promise" | "part" | "isEnumeration">, plan: RoundPlan): TallyRow {
    return this.#rowOf(count, BY_LOCK.has(count.promise) ? plan.lock : null);
  }

  #rowOf(count: Pick<Count, "promise" | "part" | "isEnumeration">, lock: string | null): TallyRow {
    const { promise, part, isEnumeration } = count;
    const key = keyOf({ promise, part, lock });
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = { promise, part, lock, trials: 0, isEnumeration, injected: {}, violations: 0, recoveriesMs: [] }; // prettier-ignore
      this.#rows.set(key, row);
    }
    return row;
  }
}

function keyOf({ promise, part, lock }: Pick<TallyRow, "promise" | "part" | "lock">): string {
  return `${promise} ${part} ${lock ?? ""}`;
}
