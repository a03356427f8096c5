/** The modules that the suite's contenders run. */
export type WorkloadName =
  | "ask-owner"
  | "abort-storm"
  | "count-unprotected"
  | "die-at-point"
  | "die-holding"
  | "end-inside"
  | "enter-and-leave"
  | "facts"
  | "fight"
  | "first-use"
  | "hang"
  | "log-sections"
  | "optimistic"
  | "outcomes"
  | "own-locks"
  | "puppet"
  | "queue-up"
  | "same-order"
  | "sell"
  | "sell-in-mode"
  | "wait-in-turn"
  | "wait-long"
  | "wait-once"
  | "wait-while-busy"
  | "zombie";

/** The programs that the suite runs as processes of their own. */
export type ProgramName = "keep-alive" | "leave-nothing" | "own-session";

// tsc does not rewrite a URL literal when this is published as JavaScript.
const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

/** Where the workload's module lies, as TypeScript in the repository and as JavaScript in the package. */
export function workloadUrl(name: WorkloadName): URL {
  return new URL(`../workloads/${name}${extension}`, import.meta.url);
}

/** Where a program that is run as a process of its own lies. */
export function programUrl(name: ProgramName): URL {
  return new URL(`../programs/${name}${extension}`, import.meta.url);
}
