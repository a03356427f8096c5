import { join } from "node:path";
import process from "node:process";
import { TicketlockError } from "@ticketlock/core";
import type { Catalogue } from "../plan/catalogue.ts";
import { type GoalState, readGoalsState, writeGoalsState } from "../run/goals-state.ts";
import type { PlayedRound } from "../run/round-player.ts";
import { Torture } from "../run/torture.ts";
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
  /** Where violating rounds are kept, and the state unless another file is named. */
  readonly folder: string;
  readonly say: (line: string) => void;
  readonly onRound: (round: PlayedRound, kept: string) => void;
}

const DEFAULT_SEED = 1;
const MINUTE_MS = 60_000;
/** The goals take turns, each for so long, so that after any time each has come about as far. */
const TURN_MS = 120_000;

/** Plays until all numbers are reached, or the time is over; what has been done is written after each turn. */
export async function reachGoals(options: GoalsOptions): Promise<Result> {
  const { request, folder, catalogue, signal, say } = options;
  const path = request.state ?? join(folder, "goals.json");
  const before = readGoalsState(path, request.seed ?? DEFAULT_SEED);
  const { seed } = before;
  if (request.seed !== undefined && request.seed !== seed)
    throw new TicketlockError(
      "USAGE",
      `Cannot go on with seed ${request.seed}: what ${path} tells of was drawn from ${seed}. Leave --seed out, or name another file by --state.`,
    );
  say(`Seed ${seed}. State: ${path}; ${thousands(before.tally.rounds)} rounds were played before.`);
  const startedMs = performance.now();
  const restMs = (): number => request.minutes * MINUTE_MS - (performance.now() - startedMs);
  const goals = goalsOf(catalogue.casts);
  const states = new Map<string, GoalState>(Object.entries(before.goals));
  const stateOf = ({ name }: Goal): GoalState =>
    states.get(name) ?? { done: 0, next: 0, tookMs: 0 };
  const isOpen = (goal: Goal): boolean => stateOf(goal).done < goal.target;
  const { onRound } = options;
  let played: ((round: PlayedRound) => void) | undefined;
  const torture = new Torture(
    {
      catalogue,
      seed,
      signal,
      keepUnder: folder,
      onRound: (round, kept) => {
        played?.(round);
        onRound(round, kept);
      },
    },
    Tally.from(before.tally),
  );
  const save = (): void =>
    writeGoalsState(path, { ...before, tally: torture.tally.toJSON(), goals: Object.fromEntries(states) }); // prettier-ignore
  try {
    while (goals.some(isOpen) && restMs() > 0)
      for (const goal of goals.filter(isOpen)) {
        if (restMs() <= 0) break;
        say(`goal: ${goal.name}: ${thousands(stateOf(goal).done)} of ${thousands(goal.target)}`);
        const start = performance.now();
        const { tookMs } = stateOf(goal);
        let { done, next } = stateOf(goal);
        const note = (): void =>
          void states.set(goal.name, { done, next, tookMs: tookMs + performance.now() - start });
        played = (round) => {
          done += timesOf(goal.fault, round);
          next = Math.max(next, round.plan.round + 1);
          note();
        };
        next = await torture.play({ from: next, selects: goal.selects, isDone: () => done >= goal.target, forMs: Math.min(TURN_MS, restMs()) }); // prettier-ignore
        note();
        save();
      }
  } catch (error) {
    save();
    if (!signal.aborted) throw error;
    process.stderr.write(`${describeError(error)}\n`);
  } finally {
    await torture[Symbol.asyncDispose]();
  }
  return {
    tally: torture.tally,
    seed,
    startedAt: new Date(before.startedAt),
    tookMs: [...states.values()].reduce((sum, { tookMs }) => sum + tookMs, 0),
    partial: goals.some(isOpen),
    goals: goals.map((goal) => ({ name: goal.name, target: goal.target, ...stateOf(goal) })),
  };
}
