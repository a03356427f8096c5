import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { TicketlockError } from "@ticketlock/core";
import type { Catalogue } from "../plan/catalogue.ts";
import { codeIdentity } from "../run/code-identity.ts";
import { continued, type GoalsState, type GoalState, readGoalsState, writeGoalsState } from "../run/goals-state.ts"; // prettier-ignore
import { keptViolations } from "../run/kept-folder.ts";
import type { PlayedRound } from "../run/round-player.ts";
import { lockState } from "../run/state-lock.ts";
import { Torture } from "../run/torture.ts";
import { checkPlace } from "../run/write-whole.ts";
import { type Goal, goalsOf } from "../tally/goals.ts";
import { timesOf } from "../tally/times.ts";
import { thousands } from "../tally/table.ts";
import { Tally } from "../tally/tally.ts";
import { describeError } from "./exit-on-crash.ts";
import type { Request } from "./options.ts";
import type { Result } from "./report.ts";

export interface GoalsOptions {
  readonly request: Request;
  readonly catalogue: Catalogue;
  readonly signal: AbortSignal;
  /** Top of the workspace, whose code is tormented. */
  readonly root: string;
  /** Where the state is unless another file is named. Violating rounds are kept beside it. */
  readonly folder: string;
  readonly say: (line: string) => void;
  readonly onRound: (round: PlayedRound, kept: string) => void;
}

const DEFAULT_SEED = 1;
const MINUTE_MS = 60_000;
/** The goals take turns, each for so long, so that after any time each has come about as far. */
const TURN_MS = 120_000;

/**
 * Plays until all numbers are reached, or the time is over. What has been done is written after each turn, and as
 * soon as something is found.
 * @throws {TicketlockError} `USAGE` for a state that cannot be gone on from, or that another run uses
 */
export async function reachGoals(options: GoalsOptions): Promise<Result> {
  const path = resolve(options.request.state ?? join(options.folder, "goals.json"));
  checkPlace(dirname(path), "--state");
  const lock = lockState(path);
  try {
    return await new GoalsRun(options, path).play();
  } finally {
    lock[Symbol.dispose]();
  }
}

class GoalsRun {
  readonly #options: GoalsOptions;
  readonly #path: string;
  readonly #state: GoalsState;
  readonly #goals: readonly Goal[];
  readonly #states: Map<string, GoalState>;
  readonly #images: Set<string>;
  readonly #torture: Torture;
  readonly #startedMs = performance.now();
  /** Hears of rounds of the goal whose turn it is. */
  #played: (round: PlayedRound) => void = () => undefined;

  constructor(options: GoalsOptions, path: string) {
    this.#options = options;
    this.#path = path;
    const { request, catalogue, root, signal, onRound } = options;
    const code = codeIdentity(root, catalogue.casts);
    const before = readGoalsState(path, request.seed ?? DEFAULT_SEED, code);
    const { seed } = before;
    if (request.seed !== undefined && request.seed !== seed)
      throw new TicketlockError(
        "USAGE",
        `Cannot go on with seed ${request.seed}: what ${path} tells of was drawn from ${seed}. Leave --seed out, or name another file by --state.`,
      );
    this.#state = continued(path, before, code, request.acceptsChanges);
    this.#goals = goalsOf(catalogue.casts);
    this.#states = new Map(Object.entries(before.goals));
    this.#images = new Set(before.images);
    const keepUnder = join(dirname(path), `${basename(path, ".json")}-kept`);
    const tally = Tally.from(before.tally);
    const found = keptViolations(keepUnder, seed, before.startedAt).filter((one) => tally.addFound(one)); // prettier-ignore
    if (found.length > 0)
      options.say(`${found.length} violations were kept in ${keepUnder} that the state did not tell of.`); // prettier-ignore
    this.#torture = new Torture(
      {
        catalogue,
        seed,
        signal,
        keepUnder,
        images: this.#images,
        onRound: (round, kept) => {
          this.#played(round);
          if (kept !== "") this.#save();
          onRound(round, kept);
        },
      },
      tally,
    );
  }

  async play(): Promise<Result> {
    const { say, signal } = this.#options;
    const { seed, startedAt, revisions, remarks } = this.#state;
    const { tally } = this.#torture;
    say(`Seed ${seed}. State: ${this.#path}; ${thousands(tally.rounds)} rounds were played before.`); // prettier-ignore
    const isOpen = (goal: Goal): boolean => this.#stateOf(goal).done < goal.target;
    try {
      // What can be written now, can be later, as a rule.
      this.#save();
      while (this.#goals.some(isOpen) && this.#restMs > 0)
        for (const goal of this.#goals.filter(isOpen)) if (this.#restMs > 0) await this.#turn(goal);
    } catch (error) {
      this.#save();
      if (!signal.aborted) throw error;
      process.stderr.write(`${describeError(error)}\n`);
    } finally {
      await this.#torture[Symbol.asyncDispose]();
    }
    return {
      tally,
      seed,
      startedAt: new Date(startedAt),
      tookMs: [...this.#states.values()].reduce((sum, { tookMs }) => sum + tookMs, 0),
      partial: this.#goals.some(isOpen),
      revisions,
      remarks,
      goals: this.#goals.map((goal) => ({ name: goal.name, target: goal.target, ...this.#stateOf(goal) })), // prettier-ignore
    };
  }

  async #turn(goal: Goal): Promise<void> {
    const { done: before, next: from, tookMs } = this.#stateOf(goal);
    const { name, target, fault, selects } = goal;
    this.#options.say(`goal: ${name}: ${thousands(before)} of ${thousands(target)}`);
    const start = performance.now();
    let done = before;
    let next = from;
    const note = (): void =>
      void this.#states.set(name, { done, next, tookMs: tookMs + performance.now() - start });
    this.#played = (round) => {
      done += timesOf(fault, round);
      next = Math.max(next, round.plan.round + 1);
      note();
    };
    const forMs = Math.min(TURN_MS, this.#restMs);
    next = await this.#torture.play({ from, selects, isDone: () => done >= target, forMs });
    note();
    this.#save();
  }

  #stateOf({ name }: Goal): GoalState {
    return this.#states.get(name) ?? { done: 0, next: 0, tookMs: 0 };
  }

  get #restMs(): number {
    return this.#options.request.minutes * MINUTE_MS - (performance.now() - this.#startedMs);
  }

  #save(): void {
    const tally = this.#torture.tally.toJSON();
    const goals = Object.fromEntries(this.#states);
    writeGoalsState(this.#path, { ...this.#state, tally, goals, images: [...this.#images] });
  }
}
