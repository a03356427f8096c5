import type { Order, Sale } from "@ticketlock/core";
import type { DurableJsonFileStore } from "../../src/index.ts";

/** What was asked for before the fault, and what was answered. */
export interface Told {
  created: boolean;
  /** All that were asked for, by id. */
  readonly asked: Map<string, Order>;
  /** Those that were answered. */
  readonly sales: Sale[];
  fence: number;
}

export function nothingTold(): Told {
  return { created: false, asked: new Map(), sales: [], fence: 0 };
}

export function copyTold({ created, asked, sales, fence }: Told): Told {
  return { created, asked: new Map(asked), sales: [...sales], fence };
}

function orderOf(id: string, quantity: number): Order {
  return { id, buyer: id.toUpperCase(), quantity };
}

export async function sell(
  store: DurableJsonFileStore,
  id: string,
  told: Told,
  token?: number,
): Promise<void> {
  const order = told.asked.get(id) ?? orderOf(id, 1);
  told.asked.set(id, order);
  const sale = await store.sell(order, token);
  if (sale === undefined) throw new Error(`order ${id} is told that all is sold out`);
  const before = told.sales.find((one) => one.order === id);
  if (before === undefined) told.sales.push(sale);
  else if (before.firstSerial !== sale.firstSerial)
    throw new Error(
      `order ${id} was sold ${before.firstSerial}, and asked again ${sale.firstSerial}`,
    );
}

/** Sells orders that are committed together: they are asked for in one turn of the event loop. */
export async function sellTogether(
  store: DurableJsonFileStore,
  ids: readonly string[],
  told: Told,
): Promise<void> {
  const ended = await Promise.allSettled(ids.map((id) => sell(store, id, told)));
  const failed = ended.find(({ status }) => status === "rejected");
  if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
}

/** Reads the counts and writes them anew, with an order. */
export async function write(
  store: DurableJsonFileStore,
  id: string,
  quantity: number,
  told: Told,
): Promise<void> {
  const order = orderOf(id, quantity);
  const inventory = await store.read();
  const next = { ...inventory, remaining: inventory.remaining - quantity };
  told.asked.set(id, order);
  if ((await store.write(next, { order })) !== "written") return;
  const firstSerial = inventory.capacity - inventory.remaining;
  told.sales.push({ order: id, buyer: order.buyer, firstSerial, quantity });
}

export async function raise(store: DurableJsonFileStore, token: number, told: Told): Promise<void> {
  await store.read(token);
  told.fence = token;
}

/** Length of buyers' names that make a journal long, the most that there is: few sales then take several sectors. */
const LONG = 64;

/** Makes a journal that long, in one change. */
export async function fill(store: DurableJsonFileStore, sales: number, told: Told): Promise<void> {
  for (let i = 0; i < sales; i++)
    told.asked.set(`p${i}`, { id: `p${i}`, buyer: "x".repeat(LONG), quantity: 1 });
  await sellTogether(store, [...told.asked.keys()], told);
}

/** Serials dense, and just those that are gone. @throws {Error} saying what is wrong */
export async function wholeJournal(store: DurableJsonFileStore): Promise<void> {
  let next = 0;
  for (const { firstSerial, quantity } of store.sales()) {
    if (firstSerial !== next) throw new Error(`serial ${firstSerial} where ${next} comes next`);
    next += quantity;
  }
  const { capacity, remaining } = await store.read();
  if (next !== capacity - remaining) throw new Error("journal and counter differ");
}
