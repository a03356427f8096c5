import type { Adapter } from "@ticketlock/core";
import { durableJsonFileStores, jsonFileStores, sqliteStores } from "@ticketlock/file-store";
import { mappedLocks, mappedStores } from "@ticketlock/mapped-memory";
import { bunProcessLauncher } from "./process-launcher.ts";

/** Contenders as processes of Bun; locks in mapped memory; stores in files and mapped memory. */
export const adapter: Adapter = {
  name: "bun-adapter",
  url: import.meta.url,
  launcher: bunProcessLauncher,
  locks: [mappedLocks],
  stores: [jsonFileStores, durableJsonFileStores, sqliteStores, mappedStores],
};
