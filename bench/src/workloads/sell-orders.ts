import type { AtomicTicketStore, Contender } from "@ticketlock/core";
import { openStore, type StoreToOpen } from "../figures/opened-store.ts";

/** What a contender is to sell. */
export interface SellOrdersInput {
  readonly store: StoreToOpen;
  /** Tells one store from the next: a contender keeps a store open until it is given another. */
  readonly storeId: string;
  readonly orders: number;
  /** Makes order ids unique within the store. */
  readonly prefix: string;
}

/** What came of a contender's orders, and when, in nanoseconds after the start that all have in common. */
export interface SellOrdersOutput {
  readonly sold: number;
  /** Orders that were refused. */
  readonly soldOut: number;
  readonly startedAfterNs: number;
  readonly endedAfterNs: number;
}

let open: { id: string; store: AtomicTicketStore } | undefined;

/** Places orders as fast as it can; each has an id of its own. The store is opened before the clock starts. */
export default async function sellOrders(
  contender: Contender,
  input: SellOrdersInput,
): Promise<SellOrdersOutput> {
  if (open?.id !== input.storeId) {
    await open?.store.close();
    open = { id: input.storeId, store: await openStore(input.store, contender) };
  }
  const { store } = open;
  const buyer = `buyer-${contender.index}`;
  await contender.meet(`store ${input.prefix}`);
  const started = contender.nowNs();
  let sold = 0;
  for (let i = 0; i < input.orders; i++) {
    const placed = store.sell({
      id: `${input.prefix}-${contender.index}-${i}`,
      buyer,
      quantity: 1,
    });
    const sale = placed instanceof Promise ? await placed : placed;
    if (sale !== undefined) sold++;
  }
  return {
    sold,
    soldOut: input.orders - sold,
    startedAfterNs: Number(started - contender.startedNs),
    endedAfterNs: Number(contender.nowNs() - contender.startedNs),
  };
}
