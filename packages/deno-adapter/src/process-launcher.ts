import { processLauncher } from "@ticketlock/child-processes";
import type { Launcher } from "@ticketlock/core";

/** Starts contenders as processes of Deno, which may do everything: their workloads are the caller's. */
export const denoProcessLauncher: Launcher = processLauncher({
  runtime: "deno",
  flags: () => ["--allow-all", "--unstable-kv"],
});
