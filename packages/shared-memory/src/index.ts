export { FifoMutex, fifoGuarantees, type FifoOptions } from "./fifo-mutex.ts";
export { FutexMutex, futexGuarantees } from "./futex-mutex.ts";
export { MemoryLock, type Recoverable } from "./memory-lock.ts";
export { LOOK_INTERVAL_MS, type ThreadPlatform } from "./thread-platform.ts";
