import { threadLauncher } from "@ticketlock/child-threads";
import type { Adapter } from "@ticketlock/core";
import { jsonFileStores } from "@ticketlock/file-store";
import { checkThreads } from "./threads/check-threads.ts";
import { threadLocks, threadStores } from "./threads/threads.ts";

/** For tests of what a wake-up that does not come makes of these locks. */
export { lookSeldom } from "@ticketlock/shared-memory/building-blocks";

/** Contenders as worker threads of one Bun process; locks and stores in shared memory. */
export const adapter: Adapter = {
  name: "bun-adapter/workers",
  url: import.meta.url,
  launcher: threadLauncher({ runtime: "bun", check: checkThreads }),
  locks: [threadLocks],
  stores: [threadStores, jsonFileStores],
};
