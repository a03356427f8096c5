import { currentRuntime } from "@ticketlock/child-processes";
import type { Adapter } from "@ticketlock/core";
import { TicketlockError } from "@ticketlock/core";
import { type AdapterEntry, findAdapter, type LookupOptions } from "./adapter-entry.ts";

/**
 * Loads an adapter into this process, for a test or program of one's own. The name is a folder of
 * the workspace or an installed package.
 *
 * @example
 * const adapter = await loadAdapter(process.env.TICKETLOCK_ADAPTER ?? "@ticketlock/worker-threads");
 * const session = await openSession({ adapters: [adapter], contenders: 2 });
 *
 * @throws {TicketlockError} `ADAPTER_NOT_FOUND`; `ADAPTER_INVALID` if it needs another runtime than
 * this one, or does not export an adapter.
 */
export async function loadAdapter(name: string, options: LookupOptions = {}): Promise<Adapter> {
  const entry = findAdapter(name, options);
  const here = currentRuntime();
  if (entry.runtime === here) return importAdapter(entry.packageName, entry.moduleUrl);
  throw new TicketlockError(
    "ADAPTER_INVALID",
    `Cannot load the adapter ${entry.name} in ${here}: it needs ${entry.runtime}. Run this program by ${entry.runtime} (${ownRunner(entry)}), or give the work to runJob, which starts that runtime.`,
  );
}

/** How a test is run by an adapter's runtime. What is unstable in Deno is not permitted by -A. */
function ownRunner({ runtime, flags }: AdapterEntry): string {
  const vitest = "node_modules/vitest/vitest.mjs run";
  if (runtime === "node") return "vitest: npx vitest run";
  if (runtime === "bun") return `vitest: bun ${vitest} --pool=threads`;
  const unstable = flags.filter((flag) => flag.startsWith("--unstable"));
  return `vitest: deno run ${["-A", ...unstable, vitest].join(" ")} --pool=forks`;
}

/** Imports a module and checks that what it exports as `adapter` has an adapter's shape. */
export async function importAdapter(packageName: string, moduleUrl: string): Promise<Adapter> {
  const module = (await import(/* @vite-ignore */ moduleUrl)) as Record<string, unknown>;
  const adapter = module["adapter"];
  if (isAdapter(adapter)) return adapter;
  throw new TicketlockError(
    "ADAPTER_INVALID",
    `Cannot use ${packageName} as an adapter: ${moduleUrl} must export "adapter" with name, url, locks and stores.`,
  );
}

function isAdapter(value: unknown): value is Adapter {
  if (typeof value !== "object" || value === null) return false;
  const { name, url, locks, stores } = value as Record<string, unknown>;
  return (
    typeof name === "string" &&
    typeof url === "string" &&
    Array.isArray(locks) &&
    Array.isArray(stores)
  );
}
