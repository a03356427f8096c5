import { rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { isProcessOver, until } from "@ticketlock/conformance/kit";
import { isTicketlockError, type LockGuarantees } from "@ticketlock/core";
import { runJob } from "@ticketlock/harness";
import { playImages } from "../campaigns/images.ts";
import { type CheckedRound, checkRound, type Finding } from "../check/check-round.ts";
import { pause } from "../contender/pausing.ts";
import { describe } from "../contender/selling.ts";
import { moduleBeside } from "../module-beside.ts";
import type { Catalogue } from "../plan/catalogue.ts";
import { faults } from "../plan/faults.ts";
import type { RoundPlan } from "../plan/round-plan.ts";
import type { PlayInput, RoundEvent, RoundReport } from "../round/round-report.ts";
import type { BaseFolder } from "./base-folder.ts";

export interface PlayerOptions {
  readonly catalogue: Catalogue;
  readonly base: BaseFolder;
  readonly signal: AbortSignal;
  /** Longest time that anything may take that should happen at once, in milliseconds. */
  readonly limitMs: number;
  /** Crash images that count no more. */
  readonly images?: Set<string>;
}

/** A round that was played and checked. Its folder is gone when the listener has returned. */
export interface PlayedRound extends CheckedRound {
  readonly plan: RoundPlan;
  readonly folder: string;
  readonly reports: readonly RoundReport[];
}

/** Time that one round may take in all, in limits for one wait. */
const LIMITS_PER_ROUND = 8;
/** The phases of a round whose owner is killed. */
const FIRST = "first-";
const SECOND = "second-";

/** A round on its way. */
interface Started {
  readonly plan: RoundPlan;
  readonly folder: string;
  readonly memory: string;
}

/** Plays rounds, each in a process of its cast's runtime, and checks what they leave. */
export class RoundPlayer {
  readonly #options: PlayerOptions;

  constructor(options: PlayerOptions) {
    this.#options = options;
  }

  /**
   * Plays rounds of one cast one after the other, as many as begin within `forMs`. `played` is called for
   * each, and may keep what is in its folder.
   * @throws what an adapter or a runtime that cannot be used throws; the signal's reason
   */
  async play(
    plans: readonly RoundPlan[],
    forMs: number,
    played: (round: PlayedRound) => void,
  ): Promise<void> {
    const [first] = plans;
    if (first === undefined) return;
    const { run } = faults[first.fault];
    if (run !== "images" && run !== "owner") return this.#playTogether(plans, forMs, played);
    const startedMs = performance.now();
    for (const plan of plans) {
      if (performance.now() - startedMs > forMs) return;
      this.#options.signal.throwIfAborted();
      await (run === "owner" ? this.#playOwner(plan, played) : this.#playImages(plan, played));
    }
  }

  async #playImages(plan: RoundPlan, played: (round: PlayedRound) => void): Promise<void> {
    const { base, images } = this.#options;
    const checked = await playImages(plan, { ...(images !== undefined && { seen: images }) });
    played({ ...checked, plan, folder: base.path, reports: [] });
  }

  /** In one process. Where it ends before its time, the round in which it did is told of, and the rest goes on. */
  async #playTogether(
    plans: readonly RoundPlan[],
    forMs: number,
    played: (round: PlayedRound) => void,
  ): Promise<void> {
    const left = new Map(plans.map((plan) => [plan.round, this.#start(plan)]));
    const startedMs = performance.now();
    const restMs = (): number => forMs - (performance.now() - startedMs);
    try {
      for (let current = -1; left.size > 0 && restMs() > 0; current = -1) {
        const rounds = [...left.values()].map((one) => ({ ...one, phase: "" }));
        const onEvent = (event: RoundEvent): void => {
          if (event.type === "begun") current = event.round;
          if (event.type !== "report") return;
          this.#end(left, event.report.round, [event.report], [], played);
        };
        try {
          await this.#run(rounds, restMs(), onEvent);
          return;
        } catch (error) {
          this.#options.signal.throwIfAborted();
          if (current < 0 || !left.has(current) || isUnusable(error)) throw error;
          this.#end(left, current, [], [ended(left.get(current)!.plan, error)], played);
        }
      }
    } finally {
      for (const one of left.values()) remove(one);
    }
  }

  /** The owner of the session is killed or stopped by this process. */
  async #playOwner(plan: RoundPlan, played: (round: PlayedRound) => void): Promise<void> {
    const started = this.#start(plan);
    const left = new Map([[plan.round, started]]);
    try {
      const { reports, findings } =
        plan.fault === "owner-kill"
          ? await this.#killOwner(started)
          : await this.#stopOwner(started);
      this.#end(left, plan.round, reports, findings, played);
    } finally {
      remove(started);
    }
  }

  async #stopOwner(started: Started): Promise<{ reports: RoundReport[]; findings: Finding[] }> {
    let owner = 0;
    const reports: RoundReport[] = [];
    const stop = async (forMs: number, file: string): Promise<void> => {
      process.kill(owner, "SIGSTOP");
      await pause(forMs);
      process.kill(owner, "SIGCONT");
      writeFileSync(file, "");
    };
    try {
      await this.#run([{ ...started, phase: "" }], Infinity, (event) => {
        if (event.type === "open") owner = event.owner;
        if (event.type === "stop") void stop(event.forMs, event.file);
        if (event.type === "report") reports.push(event.report);
      });
      return { reports, findings: [] };
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (isUnusable(error)) throw error;
      return { reports, findings: [ended(started.plan, error)] };
    }
  }

  async #killOwner(started: Started): Promise<{ reports: RoundReport[]; findings: Finding[] }> {
    const findings: Finding[] = [];
    let owner = 0;
    let ids: readonly number[] = [];
    let killed = false;
    const reports: RoundReport[] = [];
    try {
      await this.#run([{ ...started, phase: FIRST }], Infinity, (event) => {
        if (event.type === "open") ({ owner, ids } = event);
        if (event.type === "report") reports.push(event.report);
        if (event.type !== "kill") return;
        killed = true;
        process.kill(owner, "SIGKILL");
      });
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (isUnusable(error)) throw error;
      if (!killed) return { reports, findings: [ended(started.plan, error)] };
    }
    // Nobody was killed if the round came to its end before that.
    if (killed) findings.push(...(await this.#orphans(ids)));
    const report = await this.#comeAgain(started, findings);
    const death = { what: "owner-kill", wave: 1, atNs: "0" } as const;
    if (report !== undefined)
      reports.push(killed ? { ...report, injected: [death, ...report.injected] } : report);
    return { reports, findings };
  }

  /** Contenders end with their owner. */
  async #orphans(ids: readonly number[]): Promise<Finding[]> {
    const living = (): number[] => ids.filter((id) => !isProcessOver(id));
    try {
      await until(this.#options.limitMs, "contenders end", () => living().length === 0);
      return [];
    } catch {
      const sentence = `the owner was killed, and its contenders ${living().join()} live on after ${this.#options.limitMs} ms`;
      for (const id of living()) process.kill(id, "SIGKILL");
      return [{ promise: "P7", sentence }];
    }
  }

  /** Another session over the same store, in which nothing happens. */
  async #comeAgain(started: Started, findings: Finding[]): Promise<RoundReport | undefined> {
    const waves = [{ beforeMs: 5, afterMs: 5, injections: [] }];
    const plan: RoundPlan = { ...started.plan, sessionSeed: started.plan.sessionSeed >>> 1, waves };
    let report: RoundReport | undefined;
    try {
      await this.#run([{ ...started, plan, phase: SECOND }], Infinity, (event) => {
        if (event.type === "report") report = event.report;
      });
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (isUnusable(error)) throw error;
      findings.push({ promise: "P7", sentence: `after the owner was killed, the next one fails: ${describe(error)}` }); // prettier-ignore
    }
    return report;
  }

  #start(plan: RoundPlan): Started {
    return { plan, ...this.#options.base.roundFolders(`${plan.seed}-${plan.round}`) };
  }

  async #run(
    rounds: PlayInput["rounds"],
    forMs: number,
    onEvent: (event: RoundEvent) => void,
  ): Promise<void> {
    const { catalogue, signal, limitMs } = this.#options;
    const { cast } = rounds[0]!.plan;
    const { adapters } = catalogue.casts.find(({ name }) => name === cast)!;
    const input: PlayInput = { rounds, forMs: Math.min(forMs, 2 ** 31 - 1), limitMs };
    await runJob(
      adapters.map((name) => catalogue.entries.get(name)!),
      moduleBeside("./jobs/play-rounds"),
      input,
      {
        signal,
        limitMs: Math.min(2 ** 31 - 1, rounds.length * LIMITS_PER_ROUND * limitMs),
        onEvent: (event) => onEvent(event as RoundEvent),
        // Contenders that end on purpose say so at length.
        stderr: () => {},
      },
    );
  }

  #end(
    left: Map<number, Started>,
    round: number,
    reports: readonly RoundReport[],
    findings: readonly Finding[],
    played: (round: PlayedRound) => void,
  ): void {
    const started = left.get(round);
    if (started === undefined) return;
    left.delete(round);
    const { plan, folder } = started;
    try {
      const checked = checkRound({ plan, folder, reports, lock: this.#guarantees(plan) });
      played({ ...checked, findings: [...findings, ...checked.findings], plan, folder, reports });
    } finally {
      remove(started);
    }
  }

  #guarantees({ cast, lock }: RoundPlan): LockGuarantees | undefined {
    const { locks = [] } = this.#options.catalogue.casts.find(({ name }) => name === cast) ?? {};
    return locks.find(({ kind }) => kind === lock)?.guarantees;
  }
}

function remove({ folder, memory }: Started): void {
  for (const path of [folder, memory]) rmSync(path, { recursive: true, force: true });
}

/** The process that owned a round's session ended before its time. */
function ended({ fault }: RoundPlan, error: unknown): Finding {
  return {
    promise: faults[fault].promise(undefined),
    sentence: `the owner's process did not come to its end: ${describe(error)}`,
  };
}

/** Nothing that is tormented is at fault: there is nothing to torment. */
function isUnusable(error: unknown): boolean {
  return (
    isTicketlockError(error) &&
    ["RUNTIME_MISSING", "ADAPTER_INVALID", "ADAPTER_NOT_FOUND", "USAGE"].includes(error.code)
  );
}
