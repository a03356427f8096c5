import type { CheckedRound } from "../check/check-round.ts";
import type { InjectedName } from "../check/counts.ts";
import { type PromiseId, promiseIds } from "../plan/promises.ts";
import type { RoundPlan } from "../plan/round-plan.ts";

/** Promises that are told of for each lock, since each recovers in its own way. */
const BY_LOCK: ReadonlySet<PromiseId> = new Set<PromiseId>(["P2", "P3", "P4", "P5", "P6", "P7"]);

/** One line of the table: a promise, or a promise of one kind of lock. */
export interface TallyRow {
  readonly promise: PromiseId;
  readonly lock: string | null;
  trials: number;
  readonly injected: Partial<Record<InjectedName, number>>;
  violations: number;
  /** In milliseconds, in the order in which they were seen. */
  readonly recoveriesMs: number[];
}

/** A broken promise, and the round in which it was. */
export interface Violation {
  readonly promise: PromiseId;
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

  /** In the order of the promises, and of the locks' names. */
  get rows(): TallyRow[] {
    const place = ({ promise, lock }: TallyRow): string =>
      `${String(promiseIds.indexOf(promise)).padStart(2, "0")} ${lock ?? ""}`;
    return [...this.#rows.values()].toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
  }

  /** Adds a round. `kept`: where its histories are, if anything was found. */
  add(plan: RoundPlan, { counts, findings, recoveries }: CheckedRound, kept: string): void {
    this.#rounds++;
    for (const [promise, { trials, injected }] of counts.entries()) {
      const row = this.#row(promise, plan);
      row.trials += trials;
      for (const [name, times] of Object.entries(injected) as [InjectedName, number][])
        row.injected[name] = (row.injected[name] ?? 0) + times;
    }
    for (const { promise, ms } of recoveries) this.#row(promise, plan).recoveriesMs.push(ms);
    for (const { promise, sentence } of findings) {
      this.#row(promise, plan).violations++;
      this.violations.push({ promise, round: plan.round, cast: plan.cast, sentence, kept });
    }
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

  #row(promise: PromiseId, plan: RoundPlan): TallyRow {
    const lock = BY_LOCK.has(promise) ? plan.lock : null;
    const key = keyOf({ promise, lock });
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = { promise, lock, trials: 0, injected: {}, violations: 0, recoveriesMs: [] };
      this.#rows.set(key, row);
    }
    return row;
  }
}

function keyOf({ promise, lock }: Pick<TallyRow, "promise" | "lock">): string {
  return `${promise} ${lock ?? ""}`;
}
