export { type OsThread, osThread, osThreadState } from "./os-thread.ts";
export { threadLauncher, type ThreadLauncherOptions } from "./thread-launcher.ts";
export type { WorkerMutex } from "./worker-mutex.ts";
export { numberOf, WorkerPlatform } from "./worker-platform.ts";
