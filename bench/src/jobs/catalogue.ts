import { Providers } from "@ticketlock/core";
import type { JobContext } from "@ticketlock/harness";
import type { CatalogueEntry } from "../plan/catalogue.ts";

/** Asks an adapter, in its own runtime, what it declares; `null` if it starts no contenders. */
export default function catalogue({ adapters: [adapter] }: JobContext): CatalogueEntry | null {
  const launcher = adapter?.launcher;
  if (adapter === undefined || launcher === undefined) return null;
  const providers = new Providers([adapter]);
  return {
    adapter: adapter.name,
    runtime: launcher.runtime,
    unit: launcher.unit,
    scope: launcher.scope,
    locks: providers.locks.flatMap((provider) =>
      [...provider.kinds].map(([kind, guarantees]) => ({ kind, guarantees })),
    ),
    stores: providers.stores.flatMap((provider) =>
      [...provider.kinds].map(([kind, guarantees]) => ({ kind, guarantees })),
    ),
  };
}
