export { type HostMutexOptions, HostMutexes, type HostMutexesSettings } from "./host-mutexes.ts";
export { type LockKind, mappedKind, type Mutex, type Named } from "./lock-kind.ts";
export { type MutexFunctions, mutexFunctions } from "./mutex-functions.ts";
