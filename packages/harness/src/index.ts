export {
  currentRuntime,
  type Runtime,
  runtimeCommand,
  runtimes,
} from "@ticketlock/child-processes";
export {
  type AdapterEntry,
  findAdapter,
  listAdapters,
  type LookupOptions,
  selectedAdapters,
} from "./adapter-entry.ts";
export { INTERRUPTED, interruptible } from "./interruptible.ts";
export type { Job, JobContext } from "./job.ts";
export { loadAdapter } from "./load-adapter.ts";
export { isReaderGone, lostOutput, READER_GONE } from "./lost-output.ts";
export { type JobOptions, runJob } from "./run-job.ts";
export { findWorkspaceRoot } from "./workspace.ts";
