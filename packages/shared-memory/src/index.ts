export { guaranteesOn } from "./thread-endings.ts";
export { FifoMutex, fifoGuarantees, type FifoOptions } from "./fifo-mutex.ts";
export { FutexMutex, futexGuarantees } from "./futex-mutex.ts";
export type { Recoverable } from "./members.ts";
export { MemoryLock } from "./memory-lock.ts";
export { LOOK_INTERVAL_MS, type ThreadPlatform } from "./thread-platform.ts";
export { MAX_SALES } from "./memory-ticket-store.ts";
export { SharedTicketStore, sharedStoreGuarantees } from "./shared-ticket-store.ts";
export { Barrier, type BarrierOptions } from "./barrier.ts";
export { createQueue, QueueReceiver, QueueSender, type QueueOptions } from "./shared-queue.ts";
export { recoverAll, track } from "./recovery.ts";
export {
  type MutexKind,
  type MutexOptions,
  type ThreadMemory,
  threadMemory,
} from "./thread-memory.ts";
