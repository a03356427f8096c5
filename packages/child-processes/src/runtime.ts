import { existsSync } from "node:fs";
import { join } from "node:path";
import { TicketlockError } from "@ticketlock/core";
import { foldersUp } from "./workspace.ts";

/** The runtimes that an adapter may declare. */
export const runtimes = ["node", "deno", "bun"] as const;
export type Runtime = (typeof runtimes)[number];

export function isRuntime(value: unknown): value is Runtime {
  return runtimes.some((runtime) => runtime === value);
}

/** The runtime that runs this code. */
export function currentRuntime(): Runtime {
  if ("Deno" in globalThis) return "deno";
  return "Bun" in globalThis ? "bun" : "node";
}

/** The command line that runs `module` in `runtime`. */
export function runtimeCommand(
  runtime: Runtime,
  flags: readonly string[],
  module: string,
  near: string,
): { readonly command: string; readonly args: readonly string[] } {
  const command = runtime === currentRuntime() ? process.execPath : installedRuntime(runtime, near);
  // Deno would stop and ask for a permission that the flags do not give.
  const args = runtime === "deno" ? ["run", "--no-prompt", ...flags, module] : [...flags, module];
  return { command, args };
}

/**
 * Finds a runtime that npm has installed, near a folder or near the current one. Not through PATH:
 * results must come from the version that the project has pinned.
 */
function installedRuntime(runtime: Runtime, near: string): string {
  const folders = [...foldersUp(near), ...foldersUp(process.cwd())];
  const found = folders
    .map((folder) => join(folder, "node_modules", ".bin", runtime))
    .find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new TicketlockError(
    "RUNTIME_MISSING",
    `Cannot start ${runtime}: no node_modules/.bin/${runtime} in ${near} or above. Install it with "npm install --save-dev ${runtime}".`,
  );
}
