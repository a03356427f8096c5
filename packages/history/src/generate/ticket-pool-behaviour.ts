import type { Operation } from "../history.ts";
import type { Sell, SoldTickets, TicketPoolOperation } from "../models/ticket-pool-operation.ts";
import type { Behaviour } from "./behaviour.ts";
import type { Random } from "./random.ts";

/** One call in five reads; one sale in ten repeats an earlier order of the same buyer. */
export class TicketPoolBehaviour implements Behaviour {
  readonly #random: Random;
  readonly #capacity: number;
  #sold = 0;
  #orders = 0;
  readonly #sales = new Map<string, SoldTickets>();
  readonly #lastOrders = new Map<string, Sell>();

  constructor(random: Random, capacity: number) {
    this.#random = random;
    this.#capacity = capacity;
  }

  next(client: string): TicketPoolOperation {
    if (this.#random.chance(0.2)) return { name: "read", remaining: undefined };
    const last = this.#lastOrders.get(client);
    if (last !== undefined && this.#random.chance(0.1)) return last;
    const order = `order ${++this.#orders}`;
    const quantity = 1 + this.#random.below(2);
    const sell: Sell = { name: "sell", order, buyer: client, quantity, result: undefined };
    this.#lastOrders.set(client, sell);
    return sell;
  }

  take(_client: string, operation: Operation): TicketPoolOperation {
    const asked = operation as TicketPoolOperation;
    if (asked.name === "read") return { ...asked, remaining: this.#capacity - this.#sold };
    const before = this.#sales.get(asked.order);
    if (before !== undefined) return { ...asked, result: before };
    const { order, quantity } = asked;
    if (this.#sold + quantity > this.#capacity) return { ...asked, result: "sold out" };
    const sale = { firstSerial: this.#sold, quantity };
    this.#sold += quantity;
    this.#sales.set(order, sale);
    return { ...asked, result: sale };
  }

  /** Who comes after repeats the order of which nobody knows whether it was sold. */
  die(client: string): undefined {
    const last = this.#lastOrders.get(client);
    if (last !== undefined) this.#lastOrders.set(successorOf(client), last);
  }
}

/** The name under which a client comes back that has died. */
export function successorOf(client: string): string {
  const [name, life = "1"] = client.split("/");
  return `${name}/${Number(life) + 1}`;
}
