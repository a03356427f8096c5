import type { Call } from "../history.ts";
import type { Sell, SoldTickets } from "../models/ticket-pool-operation.ts";
import { isBefore, type Mutation, pickPair, withOperation } from "./mutation.ts";

export const ticketPoolMutations: Readonly<Record<string, Mutation>> = {
  /** Two orders get the same serials. */
  "double-sale": (calls, random) => {
    const pair = pickPair(calls, random, areTwoSales);
    return pair && withResult(calls, pair[0], saleOf(pair[1])!);
  },

  /** A serial is left out. */
  gap: (calls) => {
    const last = lastSale(calls);
    if (last === undefined) return undefined;
    const sale = saleOf(last)!;
    return withResult(calls, last, { ...sale, firstSerial: sale.firstSerial + 1 });
  },

  /** Who is refused since too few are left gets them all the same. */
  oversell: (calls, random) => {
    const refused = random.pick(calls.filter((call) => sellOf(call)?.result === "sold out"));
    if (refused === undefined) return undefined;
    const { quantity } = sellOf(refused)!;
    return withResult(calls, refused, { firstSerial: soldIn(calls), quantity });
  },

  /** Who repeats an order gets other tickets. */
  "order-sold-twice": (calls, random) => {
    const sales = calls.filter((call) => saleOf(call) !== undefined);
    const orders = [...Map.groupBy(sales, (call) => sellOf(call)!.order).values()];
    const repeated = random.pick(random.pick(orders.filter((same) => same.length > 1)) ?? []);
    if (repeated === undefined) return undefined;
    const { quantity } = sellOf(repeated)!;
    return withResult(calls, repeated, { firstSerial: soldIn(calls), quantity });
  },

  "refused-with-tickets-left": (calls, random) => {
    const sold = random.pick(calls.filter((call) => saleOf(call) !== undefined));
    return sold && withResult(calls, sold, "sold out");
  },

  /** A read does not see a sale that was over before it began. */
  "stale-read": (calls, random, capacity) => {
    const pair = pickPair(calls, random, (a, b) => {
      return saleOf(a) !== undefined && b.operation.name === "read" && isBefore(a, b);
    });
    if (pair === undefined) return undefined;
    const remaining = capacity - saleOf(pair[0])!.firstSerial;
    return withOperation(calls, pair[1], { name: "read", remaining });
  },

  /** Of two sales, one wholly after the other, the later one gets the lower serials. */
  "swapped-serials": (calls, random) => {
    const orders = Map.groupBy(calls, (call) => sellOf(call)?.order);
    const isOnce = (call: Call): boolean => orders.get(sellOf(call)?.order)!.length === 1;
    const pair = pickPair(calls, random, (a, b) => {
      if (!areTwoSales(a, b) || !isBefore(a, b) || !isOnce(a) || !isOnce(b)) return false;
      return saleOf(a)!.quantity === saleOf(b)!.quantity;
    });
    if (pair === undefined) return undefined;
    const [a, b] = pair;
    const sales = new Map([
      [a, saleOf(b)!],
      [b, saleOf(a)!],
    ]);
    return calls.map((call) => {
      const result = sales.get(call);
      return result === undefined ? call : { ...call, operation: { ...sellOf(call)!, result } };
    });
  },
};

function sellOf({ operation }: Call): Sell | undefined {
  return operation.name === "sell" ? operation : undefined;
}

function saleOf(call: Call): SoldTickets | undefined {
  const result = sellOf(call)?.result;
  return result === "sold out" ? undefined : result;
}

function areTwoSales(a: Call, b: Call): boolean {
  const sold = saleOf(a) !== undefined && saleOf(b) !== undefined;
  return sold && sellOf(a)!.order !== sellOf(b)!.order;
}

function soldIn(calls: readonly Call[]): number {
  return calls.reduce((sold, call) => {
    const sale = saleOf(call);
    return sale === undefined ? sold : Math.max(sold, sale.firstSerial + sale.quantity);
  }, 0);
}

function lastSale(calls: readonly Call[]): Call | undefined {
  const sold = soldIn(calls);
  return calls.find((call) => {
    const sale = saleOf(call);
    return sale !== undefined && sale.firstSerial + sale.quantity === sold;
  });
}

function withResult(calls: readonly Call[], call: Call, result: Sell["result"]): readonly Call[] {
  return withOperation(calls, call, { ...sellOf(call)!, result });
}
