import type { LockGuarantees, StoreGuarantees } from "@ticketlock/core";
import type { Runtime } from "@ticketlock/harness";

/** A kind of lock that contenders of a cast can share. */
export interface LockKind {
  readonly kind: string;
  readonly guarantees: LockGuarantees;
}

/** A kind of store that contenders of a cast can share. */
export interface StoreKind {
  readonly kind: string;
  readonly guarantees: StoreGuarantees;
}

/** Adapters whose contenders meet in one session, and what they can share. */
export interface Cast {
  /** The adapters' names with a plus between them. */
  readonly name: string;
  readonly adapters: readonly string[];
  /** Of the contenders, in turn. The first is the owner's as well. */
  readonly runtimes: readonly Runtime[];
  readonly unit: "thread" | "process";
  /** Exclusive ones that reach all contenders. */
  readonly locks: readonly LockKind[];
  readonly stores: readonly StoreKind[];
}
