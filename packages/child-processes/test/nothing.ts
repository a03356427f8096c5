import type { Adapter } from "@ticketlock/core";

/** Contenders have nothing to open. */
export const adapter: Adapter = {
  name: "nothing",
  url: import.meta.url,
  locks: [],
  stores: [],
};
