export { adapter } from "./adapter.ts";
export type { WorkerPermissions } from "./deno-globals.ts";
export { createThreadLauncher, type ThreadLauncherOptions } from "./threads/launcher.ts";
export {
  createBarrier,
  createMutex,
  createQueue,
  createTicketStore,
  type MutexKind,
  type MutexOptions,
  openBarrier,
  openMutex,
  openQueueReceiver,
  openQueueSender,
  openTicketStore,
  type ThreadMutex,
  threadNumber,
} from "./threads/threads.ts";
