export { CannotExplore } from "./cannot-explore.ts";
export { explore } from "./explore.ts";
export type {
  Model,
  PreemptionBound,
  RandomPriorities,
  Search,
  Thread,
  Trace,
  TraceStep,
  Verdict,
} from "./model.ts";
export type { Result, Words } from "./operation.ts";
export type { Proof } from "./proof.ts";
export type { LoopSeam, Program, Steps } from "./replay.ts";
export { replayTrace } from "./replay-trace.ts";
export { formatTrace } from "./trace.ts";
export type { WordNames } from "./word-table.ts";
