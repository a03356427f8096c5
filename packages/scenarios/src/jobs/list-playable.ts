import type { JobContext } from "@ticketlock/harness";
import { playableScenarios } from "../scenario-needs.ts";
import type { ScenarioName } from "../scenarios.ts";

/** Says which stories the adapters can play, by what they declare. */
export default function listPlayable({ adapters }: JobContext): ScenarioName[] {
  return playableScenarios(adapters);
}
