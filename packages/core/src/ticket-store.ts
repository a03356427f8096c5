import type { Handle } from "./handle.ts";
import type { FencingToken } from "./lock.ts";
import type { MaybePromise } from "./maybe-promise.ts";
import type { Scope } from "./scope.ts";

/** What is for sale. `remaining` of `capacity` tickets are left; `version` counts committed changes where the store is versioned. */
export interface Inventory {
  readonly capacity: number;
  readonly remaining: number;
  readonly version: number;
}

/** A wish to buy. The id makes a repeated order harmless; id and buyer have 1 to 64 bytes in UTF-8. */
export interface Order {
  readonly id: string;
  readonly buyer: string;
  readonly quantity: number;
}

/** A committed order: serials `firstSerial` to `firstSerial + quantity - 1`, counted from 0, are the buyer's. */
export interface Sale {
  readonly order: string;
  readonly buyer: string;
  readonly firstSerial: number;
  readonly quantity: number;
}

/** What goes with a write. */
export interface Commit {
  /** Refused with `STORE_STALE_TOKEN` if the store has seen a higher one. */
  readonly token?: FencingToken;
  /** The write is a `conflict` unless the store is still at this version. */
  readonly expectedVersion?: number;
  /** Entered into the journal in the same step; its serials are the ones that `remaining` goes down by. */
  readonly order?: Order;
}

/** `conflict`: the version had moved on. `duplicate`: the order's id is in the journal already; nothing was changed. */
export type WriteResult = "written" | "conflict" | "duplicate";

/** What a store promises; declared once per kind. */
export interface StoreGuarantees {
  readonly scope: Scope;
  /** Offers `sell`, that is: implements AtomicTicketStore. */
  readonly atomic: boolean;
  /** Honours `expectedVersion`. */
  readonly versioned: boolean;
  /** Refuses tokens below the highest that it has seen, reads included. */
  readonly fenced: boolean;
  /** The same order id is sold once. */
  readonly idempotent: boolean;
  /** Keeps every sale: implements JournaledStore. */
  readonly journal: boolean;
  /** What a committed sale survives: nothing, the end of every process, a power cut. */
  readonly durability: "none" | "process" | "power";
}

/**
 * Shared inventory. `read` and `write` are separate on purpose, so that only a lock makes them one
 * step; `sell`, where a store has it, is the atomic way.
 */
export interface TicketStore {
  readonly handle: Handle;
  readonly guarantees: StoreGuarantees;
  /**
   * Reads the inventory. A search passes no token. A lock's holder passes its own, which raises the
   * store's fence first: otherwise A(1) reads and pauses, B(2) reads, A writes, B writes, and both
   * have sold the last ticket.
   * @throws {TicketlockError} `STORE_STALE_TOKEN`, `STORE_CORRUPT`, `STORE_UNAVAILABLE`.
   */
  read(token?: FencingToken): MaybePromise<Inventory>;
  /** @throws {TicketlockError} `STORE_STALE_TOKEN`, `STORE_FULL`, `STORE_UNAVAILABLE`. */
  write(next: Inventory, commit?: Commit): MaybePromise<WriteResult>;
  /** The highest token seen, 0 if none. A new lock over an old store starts above it. */
  fence(): MaybePromise<FencingToken>;
  close(): MaybePromise<void>;
}

/** A store that remembers every sale. */
export interface JournaledStore extends TicketStore {
  /** All committed sales in the order of their commit. */
  sales(): AsyncIterable<Sale> | Iterable<Sale>;
}

/** A store that sells in one conditional step, so that no lock is needed. */
export interface AtomicTicketStore extends JournaledStore {
  /**
   * Sells `order.quantity` tickets if that many are left; `undefined` if sold out. The same order
   * id always gets the same sale.
   */
  sell(order: Order, token?: FencingToken): MaybePromise<Sale | undefined>;
}

export function isJournaledStore(store: TicketStore): store is JournaledStore {
  return store.guarantees.journal;
}

export function isAtomicTicketStore(store: TicketStore): store is AtomicTicketStore {
  return store.guarantees.atomic;
}
