import type { Adapter } from "@ticketlock/core";
import { durableJsonFileStores, jsonFileStores, sqliteStores } from "@ticketlock/file-store";
import { mappedLocks, mappedStores } from "@ticketlock/mapped-memory";
import { bunProcessLauncher } from "./process-launcher.ts";

/** For tests of what a wake-up that does not come makes of these locks. */
export { lookSeldom } from "@ticketlock/mapped-memory/building-blocks";

/** Contenders as processes of Bun; locks in mapped memory; stores in files and mapped memory. */
export const adapter: Adapter = {
  name: "bun-adapter",
  url: import.meta.url,
  launcher: bunProcessLauncher,
  locks: [mappedLocks],
  stores: [jsonFileStores, durableJsonFileStores, sqliteStores, mappedStores],
};
