import type { Adapter } from "@ticketlock/core";
import { durableJsonFileStores, jsonFileStores, sqliteStores } from "@ticketlock/file-store";
import { mappedStores } from "@ticketlock/mapped-memory";
import { clusterLauncher } from "./cluster-launcher.ts";
import { startBroker } from "./local-client.ts";
import { lockProviders } from "./lock-providers.ts";

startBroker();

/** For tests of what a wake-up that does not come makes of these locks. */
export { lookSeldom } from "@ticketlock/mapped-memory/building-blocks";

/** Contenders as processes of node:cluster; locks that their primary keeps, or that lie in files; stores in files. */
export const adapter: Adapter = {
  name: "node-cluster",
  url: import.meta.url,
  launcher: clusterLauncher,
  get locks() {
    return lockProviders();
  },
  stores: [jsonFileStores, durableJsonFileStores, sqliteStores, mappedStores],
};
