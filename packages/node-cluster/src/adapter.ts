import type { Adapter } from "@ticketlock/core";
import { durableJsonFileStores, jsonFileStores, sqliteStores } from "@ticketlock/file-store";
import { clusterLauncher } from "./cluster-launcher.ts";
import { ipcLocks } from "./ipc-locks.ts";
import { startBroker } from "./local-client.ts";
import { sqliteLocks } from "./sqlite/sqlite-locks.ts";

startBroker();

/** Contenders as processes of node:cluster; locks that their primary keeps, or files; stores in files. */
export const adapter: Adapter = {
  name: "node-cluster",
  url: import.meta.url,
  launcher: clusterLauncher,
  locks: [ipcLocks, sqliteLocks],
  stores: [jsonFileStores, durableJsonFileStores, sqliteStores],
};
