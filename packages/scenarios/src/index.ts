export { type PlayOptions, playScenario } from "./play.ts";
export { type Locking, lockings, type ScenarioOptions } from "./scenario-options.ts";
export { playableScenarios } from "./scenario-needs.ts";
export { isScenario, type ScenarioInfo, type ScenarioName, scenarios } from "./scenarios.ts";
export { type State, type StoryEvent, type Told } from "./story-event.ts";
export type { Verdict } from "./verdict.ts";
