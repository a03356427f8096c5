export type { HostMutexOptions, Mutex } from "@ticketlock/mapped-memory/host";
export { adapter } from "./adapter.ts";
export { createMutex, openMutex, type ProcessMutexes } from "./mutex.ts";
export { bunProcessLauncher } from "./process-launcher.ts";
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
} from "./threads/threads.ts";
export { adapter as workersAdapter } from "./workers-adapter.ts";
