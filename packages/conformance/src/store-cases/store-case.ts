import {
  type AtomicTicketStore,
  isAtomicTicketStore,
  isJournaledStore,
  type JournaledStore,
  type Order,
  type Sale,
  type StoreGuarantees,
  type TicketStore,
} from "@ticketlock/core";
import type { Arena } from "../kit/arena.ts";
import { equal, expect } from "../kit/expect.ts";

/** The kind of store that a case is about. */
export interface StoreUnderTest {
  readonly kind: string;
  readonly guarantees: StoreGuarantees;
}

/** One promise of a store, and how it is tried. */
export interface StoreCase {
  /** The promise, in words. Tests are named after it. */
  readonly name: string;
  /** True if it needs contenders; else it plays in the owner's thread alone. */
  readonly contenders?: boolean;
  /** True if it is also tried with contenders of several runtimes together. */
  readonly runtimes?: boolean;
  /** What a store must declare to make this promise. */
  readonly needs?: Partial<StoreGuarantees>;
  readonly run: (arena: Arena, store: StoreUnderTest) => Promise<void>;
}

/** A store of an atomic kind. */
export function atomic(store: TicketStore): AtomicTicketStore {
  expect(isAtomicTicketStore(store), "a store of an atomic kind declares so when it is opened");
  return store;
}

/** A store of a journaled kind. */
export function journaled(store: TicketStore): JournaledStore {
  expect(isJournaledStore(store), "a store of a journaled kind declares so when it is opened");
  return store;
}

/** An order for `quantity` tickets. */
export function orderOf(id: string, quantity = 1): Order {
  return { id, buyer: "somebody", quantity };
}

/** The journal as an array. */
export async function salesOf(store: JournaledStore): Promise<Sale[]> {
  const sales: Sale[] = [];
  for await (const sale of store.sales()) sales.push(sale);
  return sales;
}

/** Fails unless journal and counter agree: serials dense from 0, none twice, no order twice. */
export async function expectWholeJournal(store: TicketStore, when: string): Promise<Sale[]> {
  const sales = await salesOf(journaled(store));
  const { capacity, remaining } = await store.read();
  let next = 0;
  for (const sale of sales) {
    equal(sale.firstSerial, next, `serials are dense and unique, in the order of commit, ${when}`);
    next += sale.quantity;
  }
  equal(
    next,
    capacity - remaining,
    `the journal holds just what the counter says is sold, ${when}`,
  );
  equal(
    new Set(sales.map((sale) => sale.order)).size,
    sales.length,
    `no order is in the journal twice, ${when}`,
  );
  return sales;
}
