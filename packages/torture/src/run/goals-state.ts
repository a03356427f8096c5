import { existsSync, readFileSync } from "node:fs";
import { TicketlockError } from "@ticketlock/core";
import type { TallyData } from "../tally/tally.ts";
import type { CodeIdentity } from "./code-identity.ts";
import { writeWhole } from "./write-whole.ts";

const VERSION = 2;

/** How far a long run has come, over all its invocations: JSON. */
export interface GoalsState {
  readonly version: typeof VERSION;
  readonly seed: number;
  readonly tally: TallyData;
  /** By the goal's name. */
  readonly goals: Readonly<Record<string, GoalState>>;
  /** Crash images that were looked at, each of which counts once. */
  readonly images: readonly string[];
  readonly startedAt: string;
  /** What the last invocation has tormented. */
  readonly code: CodeIdentity;
  /** Of all invocations, in their order. */
  readonly revisions: readonly string[];
  /** What the operator has taken upon himself, a sentence each. */
  readonly remarks: readonly string[];
}

export interface GoalState {
  /** Times that the fault was injected. */
  readonly done: number;
  /** Number of the next round to look at. */
  readonly next: number;
  readonly tookMs: number;
}

/** Reads a state; a new one if there is none. @throws {TicketlockError} `USAGE` if the file is something else */
export function readGoalsState(path: string, seed: number, code: CodeIdentity): GoalsState {
  if (!existsSync(path)) {
    const tally = { rounds: 0, rows: [], violations: [] };
    const startedAt = new Date().toISOString();
    return { version: VERSION, seed, tally, goals: {}, images: [], startedAt, code, revisions: [], remarks: [] }; // prettier-ignore
  }
  try {
    const state = JSON.parse(readFileSync(path, "utf8")) as Partial<GoalsState>;
    const isState = state.version === VERSION && typeof state.seed === "number" && typeof state.goals === "object" && Array.isArray(state.tally?.rows) && Array.isArray(state.images) && typeof state.code?.sources === "string"; // prettier-ignore
    if (isState) return state as GoalsState;
  } catch {
    // Said below.
  }
  throw new TicketlockError(
    "USAGE",
    `Cannot go on from ${path}: it is no state of pnpm torture --goals, or one of another release. Remove it, or name another file by --state.`,
  );
}

/**
 * The state as it goes on with the code that is there now. Counts of one code say nothing of another: where sources
 * or what is tried differ, somebody must have said that they are to be added all the same, which is remarked.
 * @throws {TicketlockError} `USAGE`
 */
export function continued(
  path: string,
  before: GoalsState,
  code: CodeIdentity,
  accepts: boolean,
): GoalsState {
  const { revisions, remarks } = before;
  const differs = [
    ...(before.code.sources === code.sources ? [] : ["the sources"]),
    ...(before.code.tried === code.tried ? [] : ["the adapters' locks and stores"]),
  ].join(" and ");
  if (differs !== "" && !accepts)
    throw new TicketlockError(
      "USAGE",
      `Cannot go on from ${path}: ${differs} have changed since revision ${before.code.revision}, of which its counts are. Name another file by --state, or pass --accept-changes to add them up all the same, which the table will say.`,
    );
  const remark = `Its counts are of different code: ${differs} changed between ${before.code.revision} and ${code.revision}, and --accept-changes was given.`;
  return {
    ...before,
    code,
    revisions: revisions.at(-1) === code.revision ? revisions : [...revisions, code.revision],
    remarks: differs === "" ? remarks : [...remarks, remark],
  };
}

export function writeGoalsState(path: string, state: GoalsState): void {
  writeWhole([{ path, content: `${JSON.stringify(state)}\n` }]);
}
