export { adapter } from "./adapter.ts";
export type { WorkloadPermissions } from "./processes/permissions.ts";
export { denoProcesses, denoProcessLauncher } from "./processes/process-launcher.ts";
