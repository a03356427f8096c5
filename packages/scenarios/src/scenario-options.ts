import { checkInteger, checkCapacity, checkContenders, type SellingMode } from "@ticketlock/core";

/** Ways to add to the counter of the story `counter`. */
export const lockings = ["none", "coarse", "fine", "flag"] as const;
export type Locking = (typeof lockings)[number];

/** What a story can be told. What is absent is the story's own default. */
export interface ScenarioOptions {
  readonly contenders?: number | undefined;
  /** Milliseconds of one search, one read or one write. */
  readonly thinkMs?: number | undefined;
  readonly lock?: string | undefined;
  readonly store?: string | undefined;
  /** Tickets for sale. */
  readonly capacity?: number | undefined;
  /** Repeats what contenders draw by lot. */
  readonly seed?: number | undefined;
  /** File or directory of a store that lives in one. */
  readonly storePath?: string | undefined;
  /** Drops the meetings that make the outcome exact, and only reports what happened. */
  readonly freeRunning?: boolean | undefined;
  /** How `flash-sale` sells. */
  readonly mode?: SellingMode | undefined;
  /** How `counter` locks; default: all ways, one after the other. */
  readonly locking?: Locking | undefined;
  /** How many times each contender of `counter` adds 1. */
  readonly steps?: number | undefined;
}

/** Fewest steps of the counter: one for each time that contenders meet. */
export const MIN_STEPS = 10;
/** Most steps of the counter: each stay in the critical section is recorded. */
export const MAX_STEPS = 100_000;
/** Longest think: a story of 256 contenders then still ends within the hour. */
export const MAX_THINK_MS = 5_000;

/** @throws {RangeError} where a number is out of its range. */
export function checkOptions(options: ScenarioOptions): ScenarioOptions {
  const { contenders, thinkMs, capacity, seed, steps } = options;
  if (contenders !== undefined) checkContenders(contenders);
  if (thinkMs !== undefined) checkInteger("think", thinkMs, 0, MAX_THINK_MS);
  if (capacity !== undefined) checkCapacity(capacity);
  if (seed !== undefined) checkInteger("seed", seed, 0, 2 ** 31 - 1);
  if (steps !== undefined) checkInteger("steps", steps, MIN_STEPS, MAX_STEPS);
  return options;
}
