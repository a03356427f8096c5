import { checkInteger, TicketlockError } from "@ticketlock/core";
import { findAdapter, runJob } from "@ticketlock/harness";
import type { PlayInput } from "./jobs/play-scenario.ts";
import { moduleBeside } from "./module-beside.ts";
import { checkOptions, type ScenarioOptions } from "./scenario-options.ts";
import { type ScenarioName, scenarios } from "./scenarios.ts";
import { parseStoryEvent, type StoryEvent } from "./story-event.ts";
import { parseVerdict, type Verdict } from "./verdict.ts";

export interface PlayOptions extends ScenarioOptions {
  /** Receives what happens as it becomes known, which is not always the order in which it happened: sort by `atNs`. */
  readonly onEvent?: (event: StoryEvent) => void;
  /** Aborting ends the play, cleans up, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Top of the workspace in which adapters are looked for; default: that of the current folder. */
  readonly root?: string | undefined;
}

/** Longest play: the slowest story with the most contenders and the longest think. */
const LIMIT_MS = 3_600_000;

/**
 * Plays a story and says what came out of it. The adapter is a folder of the workspace or an
 * installed package; several, joined by "+", play together in one session: their contenders start in
 * turn, each lends what locks and stores it has, and the owner's runtime is that of the first.
 * @throws {TicketlockError} `ADAPTER_NOT_FOUND`, `USAGE`, `LOCK_UNSUPPORTED`, `LOCK_SCOPE`,
 * `STORE_UNSUPPORTED`, `STORE_CORRUPT`, `STORE_UNAVAILABLE` and others; RangeError where a number is
 * out of range. An outcome that differs from what must come out is no error: see `asExpected`.
 */
export async function playScenario(
  scenario: ScenarioName,
  adapter: string,
  options: PlayOptions = {},
): Promise<Verdict> {
  const { onEvent, signal, root, ...story } = options;
  checkOptions(story);
  checkCast(scenario, story);
  const entries = adapter.split("+").map((name) => findAdapter(name, { root }));
  const input: PlayInput = {
    scenario,
    adapter: entries.map((entry) => entry.name).join("+"),
    options: story,
  };
  const result = await runJob(
    entries,
    moduleBeside("./jobs/play-scenario", import.meta.url),
    input,
    {
      limitMs: LIMIT_MS,
      signal,
      onEvent: (value) => {
        const event = parseStoryEvent(value);
        if (event !== undefined) onEvent?.(event);
      },
    },
  );
  return parseVerdict(result);
}

/** @throws {TicketlockError} `USAGE` where a story cannot be played with so many contenders or does not know an option. */
function checkCast(
  scenario: ScenarioName,
  { contenders, capacity, mode, locking, steps }: ScenarioOptions,
): void {
  const { contenders: usual, minContenders, maxContenders = Infinity, takes } = scenarios[scenario];
  const cast = contenders ?? usual;
  if (cast < minContenders || cast > maxContenders) {
    const allowed =
      minContenders === maxContenders
        ? `exactly ${minContenders}`
        : maxContenders === Infinity
          ? `at least ${minContenders}`
          : `${minContenders} to ${maxContenders}`;
    throw new TicketlockError(
      "USAGE",
      `Cannot play ${scenario} with ${cast} contenders: it needs ${allowed}.`,
    );
  }
  const limits = scenarios[scenario].capacity;
  if (limits !== undefined && capacity !== undefined)
    checkInteger("capacity", capacity, limits.min, limits.max);
  for (const [option, value] of Object.entries({ mode, locking, steps })) {
    if (value === undefined || takes.some((taken) => taken === option)) continue;
    const others = Object.entries(scenarios).filter(([, info]) =>
      info.takes.some((taken) => taken === option),
    );
    throw new TicketlockError(
      "USAGE",
      `Cannot use --${option} with ${scenario}: only ${others.map(([name]) => name).join(", ")} takes it.`,
    );
  }
}
