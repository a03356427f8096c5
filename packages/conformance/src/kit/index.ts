export {
  type DeathPoint,
  describePoint,
  Failpoints,
  type OperationCounts,
  type OperationName,
} from "./failpoints.ts";
export { until, within } from "./limit.ts";
export { DIES_TOPIC, dieHere, endProcess, isProcessOver } from "./own-death.ts";
export { pauseBetweenAtomicSteps } from "./pauses.ts";
export { randomFrom } from "./random.ts";
export { processesWith, type RunningCommand, startCommand } from "./running-command.ts";
