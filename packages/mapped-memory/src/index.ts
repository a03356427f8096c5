export { mappedLocks, type MappedLockOptions, type MappedLocks } from "./mapped-locks.ts";
export { mappedGuarantees, MappedMutex, MODULE, openMappedMutex } from "./mapped-mutex.ts";
export { mappedStores, type MappedStores } from "./mapped-stores.ts";
export { MappedTicketStore, mappedStoreGuarantees } from "./mapped-ticket-store.ts";
export { mappedSupport } from "./platform/current-platform.ts";
export { bunFault, OLDEST_BUN } from "./platform/bun-fault.ts";
