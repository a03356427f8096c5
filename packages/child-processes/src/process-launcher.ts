import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Launcher, type StartOptions } from "@ticketlock/core";
import { ChildContender } from "./child-contender.ts";
import { currentRuntime, type Runtime, runtimeCommand } from "./runtime.ts";

export interface ProcessLauncherOptions {
  /** Which runtime runs the contenders; it may be another than the owner's. */
  readonly runtime: Runtime;
  /** The flags that it is started with, by what the contender will open. Default: none. */
  readonly flags?: (options: StartOptions) => readonly string[];
  /** The module that it runs, which serves as a contender. Default: one that does. */
  readonly entry?: URL;
}

/** tsc leaves the URL as it is, so the extension is that of this very file: .ts in the repository, .js as published. */
const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
const contender = new URL(`./contender.${extension}`, import.meta.url);

/**
 * Starts contenders as processes of a runtime, from whichever runtime the owner has. All launchers
 * that this makes give their contenders the clock of the owner, `process.hrtime`, so that they can
 * be mixed. Input and results of workloads travel as JSON.
 *
 * @throws {TicketlockError} where it starts one: `RUNTIME_MISSING` with the line that installs the
 * runtime.
 */
export function processLauncher({
  runtime,
  flags = () => [],
  entry = contender,
}: ProcessLauncherOptions): Launcher {
  const module = fileURLToPath(entry);
  const own = currentRuntime();
  return {
    runtime,
    unit: "process",
    // The owner opens what its contenders share, too.
    scope: runtime === own ? "processes" : "runtimes",
    nowNs: () => process.hrtime.bigint(),
    async start(options) {
      const command = runtimeCommand(runtime, flags(options), module, dirname(module));
      // The machine's monotonic clock in Node; in Deno and Bun it starts with each process.
      const sharesClock = runtime === "node" && own === "node";
      return ChildContender.start({ ...command, sharesClock }, options);
    },
  };
}
