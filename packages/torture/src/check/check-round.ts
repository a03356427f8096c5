import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LockGuarantees, Sale } from "@ticketlock/core";
import type { HistoryVerdict, Sell } from "@ticketlock/history";
import { COUNTER_NAME, type Note } from "../contender/notes.ts";
import { faults } from "../plan/faults.ts";
import type { PromiseId } from "../plan/promises.ts";
import type { RoundPlan } from "../plan/round-plan.ts";
import { JOURNAL_NAME } from "../round/closing-books.ts";
import type { Injected, RoundReport } from "../round/round-report.ts";
import { abandonedFaults } from "./check-abandoned.ts";
import { counterFaults } from "./check-counter.ts";
import { lineFaults } from "./check-lines.ts";
import { retriedFaults } from "./check-retried.ts";
import { Counts } from "./counts.ts";
import { contendedWaits, hitsHolder } from "./hits-holder.ts";
import { type Holds, holdsOf } from "./holds.ts";
import { type ReadHistory, readCounter, readNotes, readRoundHistory } from "./read-histories.ts";
import { afterDeath, recoveriesOf, type Recovery } from "./recoveries.ts";

/** A promise that was broken in a round. */
export interface Finding {
  readonly promise: PromiseId;
  readonly sentence: string;
}

/** What a round came to. */
export interface CheckedRound {
  readonly findings: readonly Finding[];
  readonly counts: Counts;
  readonly recoveries: readonly Recovery[];
  /** Joined histories, for whoever wants to look at them. */
  readonly histories: readonly { readonly name: string; readonly read: ReadHistory }[];
}

export interface RoundToCheck {
  readonly plan: RoundPlan;
  readonly folder: string;
  /** One for each session of the round; an owner that was killed leaves none. */
  readonly reports: readonly RoundReport[];
  /** Of the lock that was used; undefined where none was. */
  readonly lock: LockGuarantees | undefined;
}

/** A lock that survives a death is with the next one by then, on a machine that others use as well. */
const RECOVERY_LIMIT_MS = 3_000;
/** Deaths that take no time themselves. */
const SUDDEN: ReadonlySet<Injected["what"]> = new Set<Injected["what"]>(["kill", "terminate", "point"]); // prettier-ignore

/** What ends its victim, or lets its owner end it. */
const ENDING: ReadonlySet<Injected["what"]> = new Set<Injected["what"]>(["kill", "terminate", "end", "point", "messages"]); // prettier-ignore

/** Checks everything that a round has left: its histories, notes, counter and journal, and what its owner saw. */
export function checkRound(round: RoundToCheck): CheckedRound {
  return new RoundCheck(round).run();
}

class RoundCheck {
  readonly #round: RoundToCheck;
  readonly #main: PromiseId;
  readonly #counts = new Counts();
  readonly #findings: Finding[] = [];
  readonly #histories: CheckedRound["histories"][number][] = [];
  #recoveries: Recovery[] = [];
  #holds: Holds | undefined;

  constructor(round: RoundToCheck) {
    this.#round = round;
    const { plan, lock } = round;
    this.#main = faults[plan.fault].promise(
      lock === undefined || plan.lock === null ? undefined : { kind: plan.lock, guarantees: lock },
    );
  }

  run(): CheckedRound {
    for (const report of this.#round.reports) this.#checkReport(report);
    const notes = readNotes(this.#round.folder);
    this.#checkNotes(notes);
    this.#checkLock(notes);
    this.#checkStore(notes);
    const holds = this.#holds;
    const hits = (one: Injected): boolean => holds !== undefined && hitsHolder(holds, one);
    for (const report of this.#round.reports) this.#counts.addReport(report, this.#main, hits);
    return {
      findings: this.#findings,
      counts: this.#counts,
      recoveries: this.#recoveries,
      histories: this.#histories,
    };
  }

  get #injected(): Injected[] {
    return this.#round.reports.flatMap(({ injected }) => injected);
  }

  #find(promise: PromiseId, sentence: string): void {
    this.#findings.push({ promise, sentence });
  }

  #checkReport(report: RoundReport): void {
    for (const { promise, sentence } of report.findings) this.#find(promise as PromiseId, sentence);
    if (report.stall !== null)
      this.#find(this.#main === "P12" ? "P11" : this.#main, `a stall: ${report.stall}`);
    const meant = new Set(report.injected.flatMap(({ what, victim }) => (ENDING.has(what) ? (victim ?? []) : []))); // prettier-ignore
    for (const [index, { status, error }] of report.outcomes.entries()) {
      const client = `${report.phase}c${index}`;
      if (status === "done" || meant.has(client) || report.stall !== null) continue;
      this.#find(this.#main, `${client} ${status}, and nothing was done to it: ${error}`);
    }
  }

  #checkNotes(all: readonly { readonly client: string; readonly notes: readonly Note[] }[]): void {
    // Whoever attacks is refused; whoever was ended and runs on by chance is, too.
    const excused = new Set(this.#injected.flatMap(({ what, victim }) => (what === "messages" || what === "terminate" ? (victim ?? []) : []))); // prettier-ignore
    // Whose owner was killed has nobody to ask any more.
    const isOrphan = (client: string): boolean =>
      this.#round.plan.fault === "owner-kill" && client.startsWith("first-");
    for (const { client, notes } of all)
      for (const note of notes) {
        this.#counts.addNote(note);
        if (note.what !== "failed" || excused.has(client) || isOrphan(client)) continue;
        this.#find(this.#main, `${client}: ${note.call} failed: ${note.error}`);
      }
  }

  #checkLock(notes: Parameters<typeof abandonedFaults>[1] & ReturnType<typeof readNotes>): void {
    const { plan, folder, reports, lock } = this.#round;
    const read = readRoundHistory(folder, "lock", { model: "mutex" }, this.#clockErrorNs);
    if (read === undefined || lock === undefined) return;
    this.#histories.push({ name: "lock", read });
    this.#checkVerdict("the lock", read.verdict);
    const holds = holdsOf(read.history);
    this.#holds = holds;
    this.#counts.add("P11", contendedWaits(holds, plan.waves.length * plan.contenders));
    const isWhole = reports.every(({ stall }) => stall === null);
    if (lock.ownerDeath !== "none" && plan.fault !== "owner-kill" && isWhole)
      for (const sentence of abandonedFaults(holds, notes, this.#injected))
        this.#find(this.#deathPromise, sentence);
    const counter = plan.style === "section" ? readCounter(folder, COUNTER_NAME) : undefined;
    if (counter !== undefined && plan.fault !== "owner-kill")
      for (const sentence of counterFaults(notes, counter, holds.deaths.size))
        this.#find(this.#deathPromise, sentence);
    if (lock.fifo)
      for (const sentence of lineFaults(holds, this.#injected)) this.#find("P11", sentence);
    this.#recoveries = recoveriesOf(holds, this.#injected, this.#main);
    this.#checkFence(holds);
    this.#checkEnds(holds);
  }

  /** Faults of a death in a round without one are faults of exclusion. */
  get #deathPromise(): PromiseId {
    return this.#main === "P12" || this.#main === "P10" || this.#main === "P11"
      ? "P12"
      : this.#main;
  }

  /**
   * A lock over a store that has been there before goes on above all that the store has seen: not only what it
   * says of that, but also the token of everybody who has let go, and so had read the store before.
   */
  #checkFence({ holds }: Holds): void {
    for (const { phase, fence } of this.#round.reports) {
      const before = holds.filter(({ client, releasingNs }) => !client.startsWith(phase) && releasingNs !== undefined); // prettier-ignore
      const seen = before.reduce((most, { token }) => Math.max(most, token), fence);
      const low = holds.find(({ client, token }) => client.startsWith(phase) && token <= seen);
      if (low !== undefined)
        this.#find("P7", `${low.client} was granted with token ${low.token}, and tokens were to rise above ${seen}`); // prettier-ignore
    }
  }

  #checkEnds(holds: Holds): void {
    const errorNs = BigInt(Math.ceil(2 * this.#clockErrorNs));
    for (const injected of this.#injected) {
      const { victim, blockedMs, untilNs, resetNs } = injected;
      const ms = blockedMs === undefined ? undefined : afterDeath(holds, injected);
      if (ms !== undefined && ms >= blockedMs! * 0.9)
        this.#find("P4", `${victim} was terminated as it held the lock, and nobody was granted while its owner's thread was blocked, for ${blockedMs} ms`); // prettier-ignore
      const lateMs = SUDDEN.has(injected.what) && blockedMs === undefined ? afterDeath(holds, injected) : undefined; // prettier-ignore
      if (lateMs !== undefined && lateMs > RECOVERY_LIMIT_MS)
        this.#find(this.#deathPromise, `${victim} died as it held the lock, and nobody was granted for ${Math.round(lateMs)} ms`); // prettier-ignore
      if (untilNs === undefined || this.#main !== "P5" || victim === undefined) continue;
      const undead = holds.holds.find((hold) => hold.client === victim && hold.calledNs > BigInt(untilNs) + errorNs); // prettier-ignore
      if (undead !== undefined)
        this.#find("P5", `${victim} asked for the lock after its end had been told, and was granted with token ${undead.token}`); // prettier-ignore
      if (resetNs === undefined) continue;
      const early = holds.holds.find(
        ({ client, grantedNs }) =>
          client !== victim &&
          grantedNs > BigInt(untilNs) + errorNs &&
          grantedNs < BigInt(resetNs) - errorNs,
      );
      if (early !== undefined)
        this.#find("P5", `${early.client} was granted with token ${early.token} on the strength of the exit of ${victim}`); // prettier-ignore
    }
  }

  #checkStore(notes: ReturnType<typeof readNotes>): void {
    const { plan, folder } = this.#round;
    if (plan.store === null) return;
    const settings = { model: "ticket-pool", capacity: plan.capacity } as const;
    const read = readRoundHistory(folder, "store", settings, this.#clockErrorNs);
    if (read === undefined) return;
    this.#histories.push({ name: "store", read });
    this.#checkVerdict("the store", read.verdict);
    const told = read.history.calls.flatMap(({ operation }) =>
      operation.name === "sell" && typeof operation.result === "object" ? [operation] : [],
    );
    this.#counts.add("P1", told.length);
    const path = join(folder, JOURNAL_NAME);
    const journal = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Sale[]) : undefined; // prettier-ignore
    if (journal !== undefined) this.#checkJournal(told, journal);
    const retried = notes.flatMap((one) => one.notes.flatMap((note) => (note.what === "retried" ? note.order : []))); // prettier-ignore
    for (const sentence of retriedFaults(retried, told, journal)) this.#find("P13", sentence);
  }

  #checkJournal(told: readonly Sell[], journal: readonly Sale[]): void {
    const stored = new Map(journal.map((sale) => [sale.order, sale]));
    const lost = told.find(({ order, result }) => {
      const sale = stored.get(order);
      return typeof result === "object" && sale?.firstSerial !== result.firstSerial;
    });
    if (lost !== undefined)
      this.#find(this.#main === "P8" ? "P8" : "P1", `order ${lost.order} was told ${JSON.stringify(lost.result)}, and the journal has ${JSON.stringify(stored.get(lost.order) ?? null)}`); // prettier-ignore
  }

  #checkVerdict(what: string, { verdict, objects }: HistoryVerdict): void {
    this.#counts.add("P12", 1);
    if (verdict === "ok") return;
    const violation = objects.find((one) => one.violation !== undefined)?.violation;
    const why = violation?.sentence ?? "the search reached its limit of steps, which counts as a failure"; // prettier-ignore
    this.#find("P12", `the history of ${what} is ${verdict}: ${why}`);
  }

  get #clockErrorNs(): number {
    return Math.max(0, ...this.#round.reports.map(({ clockErrorNs }) => clockErrorNs));
  }
}
