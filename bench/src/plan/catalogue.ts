import {
  type Adapter,
  type LockGuarantees,
  Providers,
  type Scope,
  type StoreGuarantees,
} from "@ticketlock/core";

/** What an adapter declares, as plain data: it was asked in its own runtime. */
export interface CatalogueEntry {
  readonly adapter: string;
  readonly runtime: string;
  readonly unit: "thread" | "process";
  /** The least scope that a lock or store must have. */
  readonly scope: Scope;
  /** In the order of declaration, the controls of core last; the first one is the default. */
  readonly locks: readonly { readonly kind: string; readonly guarantees: LockGuarantees }[];
  readonly stores: readonly { readonly kind: string; readonly guarantees: StoreGuarantees }[];
}

/** What an adapter that is loaded here declares; `null` if it starts no contenders. */
export function describeAdapter(adapter: Adapter): CatalogueEntry | null {
  const { launcher } = adapter;
  if (launcher === undefined) return null;
  const providers = new Providers([adapter]);
  const kindsOf = <G>(
    list: readonly { readonly kinds: ReadonlyMap<string, G> }[],
  ): { kind: string; guarantees: G }[] =>
    list.flatMap(({ kinds }) => [...kinds].map(([kind, guarantees]) => ({ kind, guarantees })));
  return {
    adapter: adapter.name,
    runtime: launcher.runtime,
    unit: launcher.unit,
    scope: launcher.scope,
    locks: kindsOf(providers.locks),
    stores: kindsOf(providers.stores),
  };
}
