export { adapter } from "./adapter.ts";
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
} from "./threads.ts";
