import {
  BETWEEN_PRIORITY,
  DRAWN_PRIORITY,
  SCENARIO_PRIORITY,
  TELLING_SCENARIO_PRIORITY,
} from "./priorities.ts";

/** When a contender's operations are meant to begin. */
export type Arrivals =
  /** Each as soon as the last has ended, after so many sections' time of other work. */
  | { readonly kind: "closed"; readonly thinkSections: number }
  /** At random times that nobody's progress changes (Poisson), at this share of what the lock can serve at most. */
  | { readonly kind: "open"; readonly share: number }
  /** So many at once for every contender, then nothing until the next burst, `everyMs` after the last. */
  | { readonly kind: "burst"; readonly size: number; readonly everyMs: number };

/** How contenders come, hold and wait. */
export interface Load {
  readonly arrivals: Arrivals;
  /** One section in `every`, at random, lasts `times` as long. */
  readonly long: { readonly every: number; readonly times: number } | null;
  /** The sections of the first contender last so many times as long as those of the others. */
  readonly hogTimes: number;
  /** Each operation takes one of so many locks, at random. */
  readonly locks: number;
  /** Contenders await their grants even where the lock could block, and how late their timers come meanwhile is looked at. */
  readonly watchesLoop: boolean;
  /** The lock is held until all others wait for it; only then does the window begin. */
  readonly queuedAtStart: boolean;
  /** The times of all sections of a window are kept, to be drawn. */
  readonly drawn: boolean;
  /** A contender is ended while it holds the lock, in each window. */
  readonly dies: boolean;
}

/** A load under which locks are measured, and where. */
export interface Scenario {
  readonly name: string;
  /** What happens, for the head of a table or a picture. */
  readonly title: string;
  readonly load: Load;
  readonly contenders: number;
  /** With fewer it cannot happen. */
  readonly leastContenders: number;
  /** Microseconds. */
  readonly section: number;
  /** Measured without a lock as well. */
  readonly unlockedToo: boolean;
  /** Blocks and windows at most: a scenario describes, and no verdict rests on it. */
  readonly blocks: number;
  readonly windows: number;
  /** A window is at least so long, whatever the preset says. */
  readonly leastWindowMs: number;
  /** How soon it is dropped when time is short: see `Candidate`. */
  readonly priority: number;
}

const STEADY_LOAD: Load = {
  arrivals: { kind: "closed", thinkSections: 0 },
  long: null,
  hogTimes: 1,
  locks: 1,
  watchesLoop: false,
  queuedAtStart: false,
  drawn: false,
  dies: false,
};

function scenario(
  name: string,
  title: string,
  load: Partial<Load>,
  where: Partial<Omit<Scenario, "name" | "title" | "load">>,
): Scenario {
  return {
    name,
    title,
    load: { ...STEADY_LOAD, ...load },
    contenders: 4,
    leastContenders: 1,
    section: 10,
    unlockedToo: false,
    blocks: 3,
    windows: 8,
    leastWindowMs: 50,
    priority: SCENARIO_PRIORITY,
    ...where,
  };
}

const open = (share: number, priority?: number): Scenario =>
  scenario(
    `open-${share * 100}`,
    `purchases that come at random times, ${share * 100} % of what the lock can serve`,
    { arrivals: { kind: "open", share } },
    { contenders: 2, section: 100, ...(priority === undefined ? {} : { priority }) },
  );

const think = (thinkSections: number, priority?: number): Scenario =>
  scenario(
    `think-${thinkSections}x`,
    `${thinkSections === 1 ? "as much other work" : `${thinkSections} times as much other work`} between sections as inside`,
    { arrivals: { kind: "closed", thinkSections } },
    priority === undefined ? {} : { priority },
  );

/** Every load beside the steady one. Adding one here is all that it takes to measure it. */
export const scenarios: readonly Scenario[] = [
  scenario(
    "line-up",
    "sections of a millisecond, each drawn from when it was asked for to when it was left",
    { drawn: true },
    {
      section: 1_000,
      unlockedToo: true,
      blocks: 1,
      windows: 1,
      leastWindowMs: 200,
      priority: DRAWN_PRIORITY,
    },
  ),
  open(0.5),
  open(0.7, BETWEEN_PRIORITY),
  open(0.9, TELLING_SCENARIO_PRIORITY),
  think(1, BETWEEN_PRIORITY),
  think(10),
  scenario(
    "bimodal",
    "one section in 16, at random, is 50 times as long",
    { long: { every: 16, times: 50 } },
    {},
  ),
  scenario(
    "burst",
    "everybody comes 20 times at once, every 10 ms",
    { arrivals: { kind: "burst", size: 20, everyMs: 10 } },
    {},
  ),
  scenario(
    "hog",
    "the first contender holds 20 times as long as the others",
    { hogTimes: 20 },
    { leastContenders: 2 },
  ),
  scenario(
    "queued-at-start",
    "everybody stands in line before the first section begins",
    { queuedAtStart: true },
    { leastContenders: 2, priority: TELLING_SCENARIO_PRIORITY },
  ),
  scenario("many-locks", "each section takes one of 16 locks, at random", { locks: 16 }, {}),
  scenario(
    "loop-delay",
    "contenders await a lock that others hold for a millisecond, and watch their event loops",
    { watchesLoop: true },
    { section: 1_000, leastWindowMs: 200 },
  ),
  scenario(
    "crash",
    "a contender is ended while it holds the lock and the others wait",
    { dies: true },
    {
      leastContenders: 2,
      section: 100,
      windows: 3,
      leastWindowMs: 200,
      priority: TELLING_SCENARIO_PRIORITY,
    },
  ),
];

const byName = new Map(scenarios.map((one) => [one.name, one]));

/** The scenario of this name. @throws {RangeError} if there is none: `steady` is no scenario of its own */
export function scenarioOf(name: string): Scenario {
  const found = byName.get(name);
  if (found === undefined)
    throw new RangeError(`Cannot measure ${name}: there is no such scenario.`);
  return found;
}
