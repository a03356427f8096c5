export { adapter } from "./adapter.ts";
export { kvGuarantees, KV_KIND, KvTicketStore } from "./kv/kv-ticket-store.ts";
export { kvStores, type KvStores } from "./kv/kv-stores.ts";
export type { RetrySummary } from "./kv/retry-counts.ts";
