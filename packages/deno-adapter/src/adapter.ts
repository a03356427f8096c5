import type { Adapter } from "@ticketlock/core";
import { flockLocks } from "./flock/flock-locks.ts";
import { kvStores } from "./kv/kv-stores.ts";
import { denoProcessLauncher } from "./process-launcher.ts";

/** Contenders as processes of Deno; locks on files and stores in Deno KV. */
export const adapter: Adapter = {
  name: "deno-adapter",
  url: import.meta.url,
  launcher: denoProcessLauncher,
  locks: [flockLocks],
  stores: [kvStores],
};
