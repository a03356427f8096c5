import { existsSync, readFileSync } from "node:fs";
import { TicketlockError } from "@ticketlock/core";
import type { TallyData } from "../tally/tally.ts";
import { writeWhole } from "./write-whole.ts";

const VERSION = 1;

/** How far a long run has come, over all its invocations: JSON. */
export interface GoalsState {
  readonly version: typeof VERSION;
  readonly seed: number;
  readonly tally: TallyData;
  /** By the goal's name. */
  readonly goals: Readonly<Record<string, GoalState>>;
  readonly startedAt: string;
}

export interface GoalState {
  /** Times that the fault was injected. */
  readonly done: number;
  /** Number of the next round to look at. */
  readonly next: number;
  readonly tookMs: number;
}

/** Reads a state; a new one if there is none. @throws {TicketlockError} `USAGE` if the file is something else */
export function readGoalsState(path: string, seed: number): GoalsState {
  if (!existsSync(path)) {
    const tally = { rounds: 0, rows: [], violations: [] };
    return { version: VERSION, seed, tally, goals: {}, startedAt: new Date().toISOString() };
  }
  try {
    const state = JSON.parse(readFileSync(path, "utf8")) as Partial<GoalsState>;
    const isState = state.version === VERSION && typeof state.seed === "number" && typeof state.goals === "object" && Array.isArray(state.tally?.rows); // prettier-ignore
    if (isState) return state as GoalsState;
  } catch {
    // Said below.
  }
  throw new TicketlockError(
    "USAGE",
    `Cannot go on from ${path}: it is no state of pnpm torture --goals. Remove it, or name another file by --state.`,
  );
}

export function writeGoalsState(path: string, state: GoalsState): void {
  writeWhole([{ path, content: `${JSON.stringify(state)}\n` }]);
}
