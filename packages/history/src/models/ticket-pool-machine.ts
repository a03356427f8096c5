import type { Slice } from "../check/slice.ts";
import type { Machine } from "./model.ts";
import type { Sell, SoldTickets, TicketPoolOperation } from "./ticket-pool-operation.ts";

/** What the machine must know of an order that more than one call is about. */
interface RepeatedOrder {
  readonly number: number;
  /** What its buyers were told, if they all were told the same. */
  claim: SoldTickets | undefined;
  /** Known calls that were told of its sale. */
  claims: number;
  /** Somebody may ask whether it is sold, even after all those calls. */
  keep: boolean;
}

interface State {
  readonly sold: number;
  /** Of repeated orders that are sold: number, first serial, quantity, and known claims to come. By number. */
  readonly orders: readonly number[];
}

const WORDS = 4;

/**
 * A state is how many tickets are sold, and which repeated orders got which. An order that only one
 * call is about need not be remembered.
 *
 * A sale that would take a serial with which the known sale of another order begins is refused: that
 * one could never take effect.
 */
export class TicketPoolMachine implements Machine {
  readonly initial: number;
  readonly #capacity: number;
  readonly #operations: readonly TicketPoolOperation[];
  readonly #knownCount: number;
  readonly #repeated = new Map<string, RepeatedOrder>();
  /** Where known sales begin, rising, and whose they are. */
  readonly #starts: readonly { readonly firstSerial: number; readonly order: string }[];
  readonly #states: State[] = [];
  readonly #numbers = new Map<string, number>();

  constructor({ known, unknown }: Slice<TicketPoolOperation>, capacity: number) {
    this.#capacity = capacity;
    this.#knownCount = known.length;
    this.#operations = [...known, ...unknown].map(({ operation }) => operation);
    const sells = this.#operations.filter(isSell);
    this.#findRepeated(sells);
    this.#starts = sells
      .flatMap(({ result, order }) =>
        isSale(result) ? [{ firstSerial: result.firstSerial, order }] : [],
      )
      .sort((a, b) => a.firstSerial - b.firstSerial);
    this.initial = this.#numberOf({ sold: 0, orders: [] });
  }

  #findRepeated(sells: readonly Sell[]): void {
    for (const [order, calls] of Map.groupBy(sells, ({ order }) => order)) {
      if (calls.length < 2) continue;
      const results = calls.map(({ result }) => result);
      const sales = results.filter(isSale);
      const claim = sales[0];
      const agreed = sales.every((sale) => claim !== undefined && sameSale(sale, claim));
      this.#repeated.set(order, {
        number: this.#repeated.size,
        claim: agreed ? claim : undefined,
        claims: sales.length,
        keep: !agreed || claim === undefined || results.includes("sold out"),
      });
    }
  }

  next(state: number, call: number): number {
    const operation = this.#operations[call]!;
    const { sold, orders } = this.#states[state]!;
    if (operation.name === "read") {
      return operation.remaining === this.#capacity - sold ? state : -1;
    }
    const repeated = this.#repeated.get(operation.order);
    const at = repeated === undefined ? -1 : placeOf(orders, repeated.number);
    if (at >= 0) return this.#repeat(state, operation, at, repeated!.keep);
    const fits = sold + operation.quantity <= this.#capacity;
    if (operation.result === "sold out") return fits ? -1 : state;
    if (!fits || !this.#mayBegin(sold, operation, repeated)) return -1;
    return this.#numberOf({
      sold: sold + operation.quantity,
      orders: repeated === undefined ? orders : this.#enter(orders, repeated, operation, sold),
    });
  }

  /** The order is sold already. */
  #repeat(state: number, { result }: Sell, at: number, keep: boolean): number {
    if (result === undefined) return state;
    const { sold, orders } = this.#states[state]!;
    const [, firstSerial, quantity, claims] = orders.slice(at, at + WORDS) as [
      number,
      number,
      number,
      number,
    ];
    if (result === "sold out" || !sameSale(result, { firstSerial, quantity })) return -1;
    if (keep) return state;
    const others = orders.toSpliced(at, WORDS);
    if (claims === 1) return this.#numberOf({ sold, orders: others });
    return this.#numberOf({ sold, orders: orders.with(at + 3, claims - 1) });
  }

  /** Whether the order can be sold from serial `sold` on. */
  #mayBegin(
    sold: number,
    { order, quantity, result }: Sell,
    repeated: RepeatedOrder | undefined,
  ): boolean {
    const told = isSale(result) ? result : repeated?.claim;
    if (told !== undefined && (told.firstSerial !== sold || told.quantity !== quantity))
      return false;
    for (let i = this.#startsBelow(sold); i < this.#starts.length; i++) {
      const start = this.#starts[i]!;
      if (start.firstSerial >= sold + quantity) break;
      if (start.order !== order) return false;
    }
    return true;
  }

  #startsBelow(serial: number): number {
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]!.firstSerial < serial) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #enter(
    orders: readonly number[],
    { number, claims, keep }: RepeatedOrder,
    { quantity, result }: Sell,
    firstSerial: number,
  ): readonly number[] {
    const toCome = keep ? 0 : claims - (isSale(result) ? 1 : 0);
    // A repetition whose outcome is not known changes nothing, whether or not the order is remembered.
    if (!keep && toCome === 0) return orders;
    let at = 0;
    while (at < orders.length && orders[at]! < number) at += WORDS;
    return orders.toSpliced(at, 0, number, firstSerial, quantity, toCome);
  }

  #numberOf(state: State): number {
    const key = `${state.sold} ${state.orders.join(" ")}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#states.push(state) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  isObservation(call: number): boolean {
    const operation = this.#operations[call]!;
    return operation.name === "read" || operation.result === "sold out";
  }

  classOf(call: number): string | undefined {
    const operation = this.#operations[call]!;
    if (call < this.#knownCount || operation.name === "read") return undefined;
    const { order, quantity } = operation;
    return this.#repeated.has(order) ? `${quantity} for ${order}` : `${quantity}`;
  }

  describe(state: number): string {
    const { sold } = this.#states[state]!;
    return `${sold} of ${this.#capacity} tickets are sold`;
  }
}

function isSell(operation: TicketPoolOperation): operation is Sell {
  return operation.name === "sell";
}

function isSale(result: Sell["result"]): result is SoldTickets {
  return result !== undefined && result !== "sold out";
}

function sameSale(a: SoldTickets, b: SoldTickets): boolean {
  return a.firstSerial === b.firstSerial && a.quantity === b.quantity;
}

function placeOf(orders: readonly number[], number: number): number {
  for (let at = 0; at < orders.length; at += WORDS) if (orders[at] === number) return at;
  return -1;
}
