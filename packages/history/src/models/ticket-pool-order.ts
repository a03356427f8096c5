import { NEVER, type RankedCall, type Slice } from "../check/slice.ts";
import { quote } from "../format/history-fault.ts";
import type { QuickVerdict } from "./model.ts";
import {
  type Sell,
  serials,
  type SoldTickets,
  type TicketPoolOperation,
} from "./ticket-pool-operation.ts";

/** All calls about one order. */
interface OrderCalls {
  readonly order: string;
  readonly sale: SoldTickets | undefined;
  /** When the sale can have taken effect at the earliest and at the latest. */
  readonly from: number;
  readonly until: number;
}

type SoldOrder = OrderCalls & { readonly sale: SoldTickets };

type Violation = Extract<QuickVerdict, { verdict: "violation" }>;

/**
 * Decides by the order that serials give to the sales, in O(n log n): serials must be dense, unique
 * and below the capacity, and each sale takes effect as early as the one before it and its own
 * beginning allow, which must not be later than its return. A read goes between the sales that its
 * result names.
 *
 * Whoever repeats an order, its sale can take effect from the first call's beginning to the first
 * return that tells of it. Decides nothing where one order is repeated with another quantity, or
 * where a sale of which nobody was told might mend what does not fit.
 */
export function decideBySerials(slice: Slice<TicketPoolOperation>, capacity: number): QuickVerdict {
  const orders = ordersIn(slice);
  if (orders === undefined || "verdict" in orders) return orders;
  const sold = orders
    .filter((each): each is SoldOrder => each.sale !== undefined)
    .sort((a, b) => a.sale.firstSerial - b.sale.firstSerial);
  const plain = overlapOrOversell(sold, capacity);
  if (plain !== undefined) return plain;
  const wrong = gapIn(sold) ?? orderOf(slice, sold, capacity);
  if (wrong === undefined) return { verdict: "ok" };
  const told = new Set(sold.map(({ order }) => order));
  const mended = slice.unknown.some(
    ({ operation }) => operation.name === "sell" && !told.has(operation.order),
  );
  return mended ? undefined : wrong;
}

/** `undefined` if one is repeated with another quantity. */
function ordersIn(
  slice: Slice<TicketPoolOperation>,
): readonly OrderCalls[] | Violation | undefined {
  const sells = [...slice.known, ...slice.unknown].filter(isSell);
  const groups = Map.groupBy(sells, ({ operation }) => operation.order);
  const orders: OrderCalls[] = [];
  for (const calls of groups.values()) {
    const { quantity } = calls[0]!.operation;
    if (calls.some(({ operation }) => operation.quantity !== quantity)) return undefined;
  }
  for (const [order, calls] of groups) {
    const found = orderOfCalls(order, calls);
    if ("verdict" in found) return found;
    orders.push(found);
  }
  return orders;
}

/** All of one quantity. */
function orderOfCalls(order: string, calls: readonly RankedCall<Sell>[]): OrderCalls | Violation {
  let sale: SoldTickets | undefined;
  let soldOut = false;
  let [from, until] = [NEVER, NEVER];
  for (const { operation, calledAt, returnedAt } of calls) {
    const { quantity, result } = operation;
    if (result === "sold out") {
      soldOut = true;
      continue;
    }
    from = Math.min(from, calledAt);
    if (result === undefined) continue;
    if (result.quantity !== quantity)
      return violation(`Order ${quote(order)} wanted ${quantity} and got ${serials(result)}.`);
    if (sale !== undefined && sale.firstSerial !== result.firstSerial)
      return violation(
        `Order ${quote(order)} was sold twice: ${serials(sale)}, and ${serials(result)}.`,
      );
    sale = result;
    until = Math.min(until, returnedAt);
  }
  if (soldOut && sale !== undefined)
    return violation(
      `Order ${quote(order)} was told that it is sold out, and was sold ${serials(sale)}.`,
    );
  return { order, sale, from, until };
}

function isSell(ranked: RankedCall<TicketPoolOperation>): ranked is RankedCall<Sell> {
  return ranked.operation.name === "sell";
}

/** What no unknown call can mend. */
function overlapOrOversell(sold: readonly SoldOrder[], capacity: number): Violation | undefined {
  let end = 0;
  for (const [i, { order, sale }] of sold.entries()) {
    const { firstSerial, quantity } = sale;
    if (firstSerial < end)
      return violation(
        `Serial ${firstSerial} was sold twice, for order ${quote(sold[i - 1]!.order)} and for order ${quote(order)}.`,
      );
    end = firstSerial + quantity;
    if (end > capacity)
      return violation(
        `Order ${quote(order)} was sold ${serials(sale)}, but there are ${capacity} tickets.`,
      );
  }
  return undefined;
}

function gapIn(sold: readonly SoldOrder[]): Violation | undefined {
  let end = 0;
  for (const { order, sale } of sold) {
    if (sale.firstSerial > end)
      return violation(
        `Serial ${end} was sold to nobody, although order ${quote(order)} was sold ${serials(sale)}.`,
      );
    end = sale.firstSerial + sale.quantity;
  }
  return undefined;
}

/** Sales one after the other, and reads between them. */
function orderOf(
  { known }: Slice<TicketPoolOperation>,
  sold: readonly SoldOrder[],
  capacity: number,
): Violation | undefined {
  const counts = [0, ...sold.map(({ sale }) => sale.firstSerial + sale.quantity)];
  const reads = readsByCount(known, counts, capacity);
  if ("verdict" in reads) return reads;
  /** When so many sales have taken effect, at the earliest. */
  const reachedAt = [-1];
  let at = -1;
  for (const [i, count] of counts.entries()) {
    const readers = reads.get(count) ?? [];
    for (const { call, returnedAt } of readers)
      if (at > returnedAt)
        return violation(
          `${quote(call.client)} read ${capacity - count} remaining before ${count} tickets could be sold.`,
        );
    for (const { calledAt } of readers) at = Math.max(at, calledAt);
    const next = sold[i];
    if (next === undefined) break;
    at = Math.max(at, next.from);
    if (at > next.until)
      return violation(
        `Order ${quote(next.order)} was told of ${serials(next.sale)} before serial ${next.sale.firstSerial} could be the next.`,
      );
    reachedAt.push(at);
  }
  return refusedTooEarly(known, counts, reachedAt, capacity);
}

function readsByCount(
  known: readonly RankedCall<TicketPoolOperation>[],
  counts: readonly number[],
  capacity: number,
): ReadonlyMap<number, readonly RankedCall<TicketPoolOperation>[]> | Violation {
  const possible = new Set(counts);
  const reads = new Map<number, RankedCall<TicketPoolOperation>[]>();
  for (const ranked of known) {
    const { operation, call } = ranked;
    if (operation.name !== "read") continue;
    const count = capacity - operation.remaining!;
    if (!possible.has(count))
      return violation(
        `${quote(call.client)} read ${operation.remaining} remaining, which there never were.`,
      );
    const same = reads.get(count);
    if (same === undefined) reads.set(count, [ranked]);
    else same.push(ranked);
  }
  return reads;
}

/** An order is sold out once more are sold than leave room for it, and for good. */
function refusedTooEarly(
  known: readonly RankedCall<TicketPoolOperation>[],
  counts: readonly number[],
  reachedAt: readonly number[],
  capacity: number,
): Violation | undefined {
  for (const { operation, call, returnedAt } of known) {
    if (operation.name !== "sell" || operation.result !== "sold out") continue;
    let [low, high] = [0, counts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (counts[middle]! + operation.quantity > capacity) high = middle;
      else low = middle + 1;
    }
    const fullAt = reachedAt[low];
    if (fullAt === undefined || fullAt > returnedAt)
      return violation(
        `${quote(call.client)} was told that order ${quote(operation.order)} is sold out while there was room for it.`,
      );
  }
  return undefined;
}

function violation(reason: string): Violation {
  return { verdict: "violation", reason };
}
