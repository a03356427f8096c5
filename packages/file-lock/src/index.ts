export { closedError, timedOut } from "./lock-errors.ts";
export { TriedGuard } from "./tried-guard.ts";
export { type Hold, TriedMutex, type TriedOptions } from "./tried-mutex.ts";
