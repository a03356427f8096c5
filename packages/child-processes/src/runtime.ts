import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Launcher, TicketlockError } from "@ticketlock/core";
import { foldersUp } from "./folders-up.ts";

export type Runtime = Launcher["runtime"];
/** The runtimes in which contenders and jobs run. */
export const runtimes: readonly Runtime[] = ["node", "deno", "bun"];

export function isRuntime(value: unknown): value is Runtime {
  return runtimes.some((runtime) => runtime === value);
}

/** The runtime that runs this code. */
export function currentRuntime(): Runtime {
  if ("Deno" in globalThis) return "deno";
  return "Bun" in globalThis ? "bun" : "node";
}

/**
 * The command line that runs `module` in `runtime`. It starts the runtime itself, with nothing in
 * between, so that signals reach it.
 * @throws {TicketlockError} `RUNTIME_MISSING` with the line that installs it.
 */
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
 * Where npm puts each runtime, below node_modules. What Deno's package has in .bin is a script that
 * starts Deno as a child of its own: a signal would end the script, and Deno would go on.
 */
const places: Readonly<Record<Runtime, string>> = {
  node: ".bin/node",
  deno: process.platform === "win32" ? "deno/deno.exe" : "deno/deno",
  bun: ".bin/bun",
};

/**
 * Finds a runtime that npm has installed, near a folder or near the current one. Not through PATH:
 * results must come from the version that the project has pinned.
 */
function installedRuntime(runtime: Runtime, near: string): string {
  const folders = [...foldersUp(near), ...foldersUp(process.cwd())];
  const place = join("node_modules", places[runtime]);
  const found = folders.map((folder) => join(folder, place)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new TicketlockError(
    "RUNTIME_MISSING",
    `Cannot start ${runtime}: no ${place} in ${near} or above. Install it with "npm install --save-dev ${runtime}", and let its install script run.`,
  );
}
