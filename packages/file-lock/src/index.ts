export { TriedGuard } from "./tried-guard.ts";
export { type Hold, TriedMutex, type TriedOptions } from "./tried-mutex.ts";
