import type { Order } from "@ticketlock/core";
import type { MappedTicketStore } from "../../src/mapped-ticket-store.ts";

export const CAPACITY = 9;
export const ROOM = 8;

/** What a victim is told besides the store's handle. */
export interface VictimOrder {
  readonly deed: keyof typeof deeds;
  readonly moment: "before" | "after";
  readonly nth: number;
  /** SIGSTOP for a death from which one comes back. Default SIGKILL. */
  readonly signal?: "SIGKILL" | "SIGSTOP";
  /** The store that commits in two steps. */
  readonly twin: boolean;
}

export function order(id: string, quantity: number = 1): Order {
  return { id, buyer: `buyer of ${id}`, quantity };
}

/** What a store looks like before any of the deeds. */
export function prepare(store: MappedTicketStore): void {
  store.sell(order("a"));
  store.sell(order("b", 2), 5);
}

/** Each changes something. */
export const deeds = {
  sell: (store: MappedTicketStore): unknown => store.sell(order("victim's", 3), 7),
  write: (store: MappedTicketStore): unknown =>
    store.write(
      { capacity: CAPACITY, remaining: 5, version: 0 },
      { token: 7, expectedVersion: 2, order: order("victim's") },
    ),
  read: (store: MappedTicketStore): unknown => store.read(7),
} as const;
