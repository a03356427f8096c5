import type { JobContext } from "@ticketlock/harness";
import { playableScenarios } from "../scenario-needs.ts";
import type { ScenarioOptions } from "../scenario-options.ts";
import type { ScenarioName } from "../scenarios.ts";

/** What is wished of the cast; null where nothing is. */
export type ListPlayableInput = Pick<ScenarioOptions, "mode" | "lock" | "store"> | null;

/** Says which stories the adapters can play, by what they declare. */
export default function listPlayable({ adapters, input }: JobContext): ScenarioName[] {
  return playableScenarios(adapters, (input as ListPlayableInput) ?? {});
}
