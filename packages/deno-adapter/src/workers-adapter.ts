import type { Adapter } from "@ticketlock/core";
import { jsonFileStores } from "@ticketlock/file-store";
import { threadLauncher } from "./threads/launcher.ts";
import { threadLocks, threadStores } from "./threads/threads.ts";

/** For tests of what a wake-up that does not come makes of these locks. */
export { lookSeldom } from "@ticketlock/shared-memory/building-blocks";

/** Contenders as workers of one Deno process; locks and stores in shared memory. */
export const adapter: Adapter = {
  name: "deno-adapter/workers",
  url: import.meta.url,
  launcher: threadLauncher,
  locks: [threadLocks],
  stores: [threadStores, jsonFileStores],
};
