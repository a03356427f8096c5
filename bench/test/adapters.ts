import { fileURLToPath } from "node:url";
import type { Adapter } from "@ticketlock/core";
import { type AdapterEntry, listAdapters, type Runtime } from "@ticketlock/harness";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** An adapter of the workspace, loaded here: any runtime may own the sessions of any adapter. */
export async function load({ moduleUrl }: AdapterEntry): Promise<Adapter> {
  return ((await import(moduleUrl)) as { adapter: Adapter }).adapter;
}

/** The first adapter that starts processes of a runtime. */
export async function processesOf(
  runtime: Runtime,
): Promise<{ readonly entry: AdapterEntry; readonly adapter: Adapter }> {
  for (const entry of listAdapters(ROOT)) {
    if (entry.runtime !== runtime) continue;
    const adapter = await load(entry);
    if (adapter.launcher?.unit === "process") return { entry, adapter };
  }
  throw new Error(`No adapter of the workspace starts processes of ${runtime}.`);
}
