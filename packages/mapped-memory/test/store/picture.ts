import type { FencingToken, Inventory, Sale } from "@ticketlock/core";
import type { MappedTicketStore } from "../../src/mapped-ticket-store.ts";

/** All that one can learn of a store. */
export interface Picture {
  readonly inventory: Inventory;
  readonly fence: FencingToken;
  readonly sales: readonly Sale[];
}

/** What the survivor tells. */
export interface Findings {
  readonly found: Picture;
  readonly first: Sale | undefined;
  readonly again: Sale | undefined;
  readonly left: Picture;
}

export function pictureOf(store: MappedTicketStore): Picture {
  return { inventory: store.read(), fence: store.fence(), sales: [...store.sales()] };
}

/** What does not add up: the journal must account for every ticket that is gone, each order once. */
export function faultsOf({ inventory, sales }: Picture): string[] {
  const faults: string[] = [];
  let next = 0;
  const orders = new Set<string>();
  for (const { order, firstSerial, quantity } of sales) {
    if (firstSerial !== next) faults.push(`${order} has serial ${firstSerial}, not ${next}`);
    if (orders.has(order)) faults.push(`${order} was sold twice`);
    orders.add(order);
    next = firstSerial + quantity;
  }
  const gone = inventory.capacity - inventory.remaining;
  if (gone !== next) faults.push(`${gone} tickets are gone, ${next} are in the journal`);
  return faults;
}
