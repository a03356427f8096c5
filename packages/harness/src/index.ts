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
export type { Job, JobContext } from "./job.ts";
export { loadAdapter } from "./load-adapter.ts";
export { type JobOptions, runJob } from "./run-job.ts";
export { findWorkspaceRoot } from "./workspace.ts";
