import type { Adapter } from "@ticketlock/core";
import { flockLocks } from "./flock/flock-locks.ts";
import { kvStores } from "./kv/kv-stores.ts";

/** Locks on files and stores in Deno KV. */
export const adapter: Adapter = {
  name: "deno-adapter",
  url: import.meta.url,
  locks: [flockLocks],
  stores: [kvStores],
};
