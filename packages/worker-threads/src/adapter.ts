import { threadLauncher } from "@ticketlock/child-threads";
import type { Adapter } from "@ticketlock/core";
import { jsonFileStores } from "@ticketlock/file-store";
import { threadLocks, threadStores } from "./threads.ts";

/** For tests of what a wake-up that does not come makes of these locks. */
export { lookSeldom } from "@ticketlock/shared-memory/building-blocks";

/** Contenders as worker threads of one Node process; locks and stores in shared memory. */
export const adapter: Adapter = {
  name: "worker-threads",
  url: import.meta.url,
  launcher: threadLauncher({ runtime: "node" }),
  locks: [threadLocks],
  stores: [threadStores, jsonFileStores],
};
