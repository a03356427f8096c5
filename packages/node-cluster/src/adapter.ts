import type { Adapter } from "@ticketlock/core";
import { jsonFileStores } from "@ticketlock/file-store";
import { clusterLauncher } from "./cluster-launcher.ts";
import { ipcLocks } from "./ipc-locks.ts";
import { startBroker } from "./local-client.ts";

startBroker();

/** Contenders as processes of node:cluster, a lock kept by their primary, a store in a file. */
export const adapter: Adapter = {
  name: "node-cluster",
  url: import.meta.url,
  launcher: clusterLauncher,
  locks: [ipcLocks],
  stores: [jsonFileStores],
};
