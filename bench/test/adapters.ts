import { fileURLToPath } from "node:url";
import type { Adapter, Launcher } from "@ticketlock/core";
import { type AdapterEntry, listAdapters, type Runtime, runtimes } from "@ticketlock/harness";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** An adapter of the workspace, loaded here: any runtime may own the sessions of any adapter of processes. */
export interface Loaded {
  readonly entry: AdapterEntry;
  readonly adapter: Adapter;
}

/** The first adapter that starts threads, or processes, of a runtime. */
export async function starterOf(runtime: Runtime, unit: Launcher["unit"]): Promise<Loaded> {
  for (const entry of listAdapters(ROOT)) {
    if (entry.runtime !== runtime) continue;
    const { adapter } = (await import(entry.moduleUrl)) as { adapter: Adapter };
    if (adapter.launcher?.unit === unit) return { entry, adapter };
  }
  throw new Error(`No adapter of the workspace starts a ${unit} of ${runtime}.`);
}

/** Of each runtime the first adapter that starts processes. */
export function processesOfAll(): Promise<Adapter[]> {
  return Promise.all(
    runtimes.map(async (runtime) => (await starterOf(runtime, "process")).adapter),
  );
}
