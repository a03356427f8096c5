export { type CheckedRound, checkRound, type Finding } from "./check/check-round.ts";
export { type Catalogue, readCatalogue } from "./plan/catalogue.ts";
export { drawRound } from "./plan/draw-round.ts";
export { faultNames, type FaultName } from "./plan/faults.ts";
export type { RoundPlan } from "./plan/round-plan.ts";
export { Torture, type TortureOptions } from "./run/torture.ts";
