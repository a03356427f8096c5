export { type Explore, explorerFor } from "./explore.ts";
export type { Model, Thread, Verdict } from "./model.ts";
export type { LoopSeam, Program, Result, Steps } from "./replay.ts";
