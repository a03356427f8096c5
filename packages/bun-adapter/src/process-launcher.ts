import { processLauncher } from "@ticketlock/child-processes";
import type { Launcher } from "@ticketlock/core";

/** Starts contenders as processes of Bun, from whichever runtime the owner has. */
export const bunProcessLauncher: Launcher = processLauncher({ runtime: "bun" });
