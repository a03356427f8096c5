/** Its launcher leaves a timer behind for each contender, which keeps no process alive. */
import type { Adapter } from "@ticketlock/core";
import { processesThat } from "./own-processes.ts";

const ONE_HOUR_MS = 3_600_000;

export const adapter: Adapter = processesThat("ticking", import.meta.url, () => {
  setTimeout(() => {}, ONE_HOUR_MS).unref();
});
