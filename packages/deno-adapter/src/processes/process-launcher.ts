import { processLauncher } from "@ticketlock/child-processes";
import type { Launcher } from "@ticketlock/core";
import { permissionFlags, type WorkloadPermissions } from "./permissions.ts";

/**
 * Starts contenders as processes of Deno, from whichever runtime the owner has. Each is permitted what
 * its locks and its store take, and what workloads are permitted here. Deno asks no questions.
 */
export function denoProcesses(permissions: WorkloadPermissions = {}): Launcher {
  return processLauncher({
    runtime: "deno",
    flags: (options) => permissionFlags(options, permissions),
  });
}

/** Processes of Deno whose workloads may read, and write where the session says. */
export const denoProcessLauncher: Launcher = denoProcesses();
