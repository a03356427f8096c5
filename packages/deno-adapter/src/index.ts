export { adapter } from "./adapter.ts";
export { kvGuarantees, KV_KIND, KvTicketStore } from "./kv/kv-ticket-store.ts";
export { kvStores, type KvStores } from "./kv/kv-stores.ts";
export type { RetrySummary } from "./kv/retry-counts.ts";
export { FlockGuard } from "./flock/flock-guard.ts";
export {
  FLOCK_KIND,
  flockLocks,
  type FlockLocks,
  type FlockOptions,
  openFlockMutex,
  openNamedFlockMutex,
} from "./flock/flock-locks.ts";
export { flockGuarantees, FlockMutex } from "./flock/flock-mutex.ts";
export { denoProcessLauncher } from "./process-launcher.ts";
