import type { Adapter } from "@ticketlock/core";
import { kvStores } from "./kv/kv-stores.ts";

/** A store in Deno KV. */
export const adapter: Adapter = {
  name: "deno-adapter",
  url: import.meta.url,
  locks: [],
  stores: [kvStores],
};
