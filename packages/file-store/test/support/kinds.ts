import type {
  AtomicTicketStore,
  Handle,
  MaybePromise,
  Sale,
  StoreProvider,
} from "@ticketlock/core";
import { durableJsonFileStores, sqliteStores } from "../../src/index.ts";

interface AtomicStoreProvider extends StoreProvider {
  open(handle: Handle): MaybePromise<AtomicTicketStore>;
}

/** A kind of store, and what its file is called. */
export interface DurableKind {
  readonly kind: string;
  readonly provider: AtomicStoreProvider;
  readonly file: string;
}

/** The stores that keep their promises through crashes. */
export const durableKinds: readonly DurableKind[] = [
  { kind: "json-durable", provider: durableJsonFileStores, file: "tickets.json" },
  { kind: "sqlite", provider: sqliteStores, file: "tickets.db" },
];

/** Makes and opens a store. */
export async function openStore(
  { kind, provider }: DurableKind,
  options: { capacity: number; path?: string; maxSales?: number },
): Promise<AtomicTicketStore> {
  return provider.open(await provider.create(kind, options));
}

export async function salesOf(store: AtomicTicketStore): Promise<Sale[]> {
  const sales: Sale[] = [];
  for await (const sale of store.sales()) sales.push(sale);
  return sales;
}

/** What is wrong with a journal: serials not dense, an order twice, a counter that says something else. */
export async function journalFaults(store: AtomicTicketStore): Promise<string[]> {
  const sales = await salesOf(store);
  const faults: string[] = [];
  let next = 0;
  for (const { order, firstSerial, quantity } of sales) {
    if (firstSerial !== next) faults.push(`${order} has serial ${firstSerial} instead of ${next}`);
    next = firstSerial + quantity;
  }
  if (new Set(sales.map(({ order }) => order)).size !== sales.length) faults.push("an order twice");
  const { capacity, remaining } = await store.read();
  if (capacity - remaining !== next)
    faults.push(`${next} sold, but ${remaining} of ${capacity} left`);
  return faults;
}

/** The error that `act` ends in. */
export async function errorOf(
  act: () => unknown,
): Promise<{ code?: string; message: string; name: string }> {
  try {
    await act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
