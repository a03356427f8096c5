export { adapter } from "./adapter.ts";
export { createMutex, openMutex, type MutexKind, type MutexOptions, type ThreadMutex } from "./threads.ts";
