import { writeFileSync } from "node:fs";
import {
  type AtomicTicketStore,
  isAtomicTicketStore,
  isJournaledStore,
  isTicketlockError,
  type Order,
  type Sale,
  type TicketStore,
} from "@ticketlock/core";
import type { HistoryFiles } from "../contender/history-files.ts";
import { describe } from "../contender/selling.ts";
import type { RoundContext } from "./round-context.ts";
import { unansweredOrders } from "./unanswered-orders.ts";

/** Name of the file with the journal as the owner read it at the end. */
export const JOURNAL_NAME = "journal.json";

/**
 * Looks at a store when nobody else uses it any more: asks again for every order whose answer is not
 * known, tries to commit with a token that is too low, and compares journal and counter.
 *
 * @param token - of a hold of the owner's, 0 for none
 */
export async function closeBooks(
  context: RoundContext,
  store: TicketStore,
  files: HistoryFiles,
  token: number,
): Promise<void> {
  const { guarantees } = store;
  if (guarantees.fenced && token > 1) await probeFence(context, store, token);
  if (guarantees.idempotent) await askAgain(context, store, files);
  const call = files.storeCall("read");
  const { capacity, remaining } = await context.within("the store is read", store.read());
  call.returned({ remaining });
  if (remaining < 0 || remaining > capacity)
    context.find("P1", `${remaining} of ${capacity} tickets are left`);
  if (!isJournaledStore(store)) return;
  const sales = await salesOf(store);
  writeFileSync(`${context.options.folder}/${JOURNAL_NAME}`, JSON.stringify(sales));
  for (const sentence of journalFaults(sales, capacity, remaining)) context.find("P1", sentence);
}

async function probeFence(context: RoundContext, store: TicketStore, token: number): Promise<void> {
  const inventory = await store.read(token);
  try {
    await store.write(inventory, { token: token - 1 });
  } catch (error) {
    if (isTicketlockError(error, "STORE_STALE_TOKEN")) return;
    return context.find("P3", `a commit with a stale token ended with ${describe(error)}`);
  }
  const sentence = `a commit with token ${token - 1} was accepted by a store that had been read with ${token}`;
  context.find("P3", sentence);
}

async function askAgain(
  context: RoundContext,
  store: TicketStore,
  files: HistoryFiles,
): Promise<void> {
  if (!isAtomicTicketStore(store)) return;
  for (const order of unansweredOrders(context.options.folder)) {
    const { id, buyer, quantity } = order;
    const call = files.storeCall("sell", { order: id, buyer, quantity });
    const sale = await context.within(`order ${id} is answered`, soldOrFull(context, store, order));
    if (sale === "full") {
      call.failed();
      continue;
    }
    if (sale === undefined) call.returned({ soldOut: true });
    else call.returned({ firstSerial: sale.firstSerial, quantity: sale.quantity });
    files.note({ what: "retried", order: id });
  }
}

/** Of a store with little room: that is no sale, either. */
async function soldOrFull(
  { options }: RoundContext,
  store: AtomicTicketStore,
  order: Order,
): Promise<Sale | undefined | "full"> {
  try {
    return await store.sell(order);
  } catch (error) {
    if (options.plan.room !== null && isTicketlockError(error, "STORE_FULL")) return "full";
    throw error;
  }
}

/** The journal as an array. */
export async function salesOf(store: TicketStore): Promise<Sale[]> {
  return isJournaledStore(store) ? Array.fromAsync(store.sales()) : [];
}

/** What is wrong with a journal: serials not dense, an order twice, a counter that says something else. */
export function journalFaults(
  sales: readonly Sale[],
  capacity: number,
  remaining: number,
): string[] {
  const faults: string[] = [];
  let next = 0;
  for (const { order, firstSerial, quantity } of sales) {
    if (firstSerial !== next)
      faults.push(`order ${order} has serial ${firstSerial} where ${next} comes next`);
    next = firstSerial + quantity;
  }
  if (next > capacity) faults.push(`${next} of ${capacity} tickets are sold`);
  if (capacity - remaining !== next)
    faults.push(`the journal has ${next} tickets, and the counter says ${capacity - remaining}`);
  const orders = new Set(sales.map(({ order }) => order));
  if (orders.size !== sales.length) faults.push("an order is in the journal twice");
  return faults.slice(0, 3);
}
