import type { Adapter } from "@ticketlock/core";
import { durableJsonFileStores, jsonFileStores, sqliteStores } from "@ticketlock/file-store";
import { mappedLocks, mappedStores } from "@ticketlock/mapped-memory";
import { denoProcessLauncher } from "./process-launcher.ts";

/** Contenders as processes of Deno; locks in mapped memory; stores in files and mapped memory. */
export const adapter: Adapter = {
  name: "deno-adapter",
  url: import.meta.url,
  launcher: denoProcessLauncher,
  locks: [mappedLocks],
  stores: [jsonFileStores, durableJsonFileStores, sqliteStores, mappedStores],
};
