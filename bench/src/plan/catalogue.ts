import type { LockGuarantees, Scope, StoreGuarantees } from "@ticketlock/core";

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
