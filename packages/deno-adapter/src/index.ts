export { adapter } from "./adapter.ts";
export { TriedGuard } from "@ticketlock/file-lock";
export { FLOCK_KIND, flockLocks, type FlockLocks, openFlockMutex } from "./flock/flock-locks.ts";
export { flockGuarantees, FlockMutex } from "./flock/flock-mutex.ts";
export { kvStores, type KvStores } from "./kv/kv-stores.ts";
export { KV_KIND, kvGuarantees, KvTicketStore } from "./kv/kv-ticket-store.ts";
export type { RetrySummary } from "./kv/retry-counts.ts";
export { createMutex, openMutex, type ProcessMutexes } from "./mutex.ts";
export type { WorkloadPermissions } from "./processes/permissions.ts";
export { denoProcesses, denoProcessLauncher } from "./processes/process-launcher.ts";
export type { WorkerPermissions } from "./deno-globals.ts";
export { createThreadLauncher, type ThreadLauncherOptions } from "./threads/launcher.ts";
export {
  createBarrier,
  createQueue,
  createTicketStore,
  type MutexKind,
  type MutexOptions,
  openBarrier,
  openQueueReceiver,
  openQueueSender,
  openTicketStore,
  type ThreadMutex,
  threadNumber,
} from "./threads/threads.ts";
export { adapter as workersAdapter } from "./workers-adapter.ts";
export type { HostMutexOptions, Mutex } from "@ticketlock/mapped-memory/host";
