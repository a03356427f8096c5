import type { Runtime } from "@ticketlock/harness";

/** How claims call the runtimes. */
export const RUNTIME_NAMES: Readonly<Record<Runtime, string>> = {
  node: "Node",
  deno: "Deno",
  bun: "Bun",
};
