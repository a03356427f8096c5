import { TicketlockError } from "@ticketlock/core";
import type { JobContext } from "@ticketlock/harness";
import { checkOptions, type ScenarioOptions } from "../scenario-options.ts";
import { isScenario, type ScenarioName } from "../scenarios.ts";
import { Stage } from "../stage.ts";
import { stories } from "../stories/index.ts";
import { makeVerdict, type Verdict } from "../verdict.ts";

export interface PlayInput {
  readonly scenario: ScenarioName;
  /** What the adapters are called together. */
  readonly adapter: string;
  readonly options: ScenarioOptions;
}

/** Plays one story in the adapters' runtime; what happens is emitted as `StoryEvent`s. */
export default async function playScenario({
  adapters,
  input,
  emit,
  signal,
}: JobContext): Promise<Verdict> {
  const { scenario, adapter, options } = parseInput(input);
  const stage = new Stage(scenario, adapters, options, emit, signal);
  const findings = await stories[scenario](stage);
  return makeVerdict(
    { scenario, adapter, contenders: stage.contenders },
    findings,
    stage.expectations.unexpected,
  );
}

function parseInput(input: unknown): PlayInput {
  if (typeof input === "object" && input !== null) {
    const { scenario, adapter, options } = input as Record<string, unknown>;
    if (
      typeof scenario === "string" &&
      isScenario(scenario) &&
      typeof adapter === "string" &&
      typeof options === "object"
    ) {
      return { scenario, adapter, options: checkOptions((options ?? {}) as ScenarioOptions) };
    }
  }
  throw new TicketlockError(
    "PROTOCOL_VIOLATION",
    "Cannot play: the request names no scenario, adapter and options.",
  );
}
