import type { Adapter } from "@ticketlock/core";
import { durableJsonFileStores, jsonFileStores, sqliteStores } from "@ticketlock/file-store";
import { mappedLocks, mappedStores } from "@ticketlock/mapped-memory";
import { flockLocks } from "./flock/flock-locks.ts";
import { kvStores } from "./kv/kv-stores.ts";
import { denoProcessLauncher } from "./processes/process-launcher.ts";

/** For tests of what a wake-up that does not come makes of these locks. */
export { lookSeldom } from "@ticketlock/mapped-memory/building-blocks";

/** Contenders as processes of Deno; locks in mapped memory and on files; stores in files, mapped memory and Deno KV. */
export const adapter: Adapter = {
  name: "deno-adapter",
  url: import.meta.url,
  launcher: denoProcessLauncher,
  locks: [mappedLocks, flockLocks],
  stores: [jsonFileStores, durableJsonFileStores, sqliteStores, mappedStores, kvStores],
};
