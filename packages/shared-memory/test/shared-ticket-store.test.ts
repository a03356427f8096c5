import {
  type Commit,
  type Inventory,
  isTicketlockError,
  type Order,
  type Sale,
} from "@ticketlock/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SharedTicketStore } from "../src/index.ts";
import { fakePlatform } from "./fake-platform.ts";

interface StoreSize {
  readonly capacity: number;
  readonly maxSales?: number;
}

/** A store, opened as if by threads 1, 2, ... */
function storesOf(size: StoreSize, threads: number): SharedTicketStore[] {
  const handle = SharedTicketStore.create("test", size);
  return Array.from(
    { length: threads },
    (_, i) => new SharedTicketStore(handle, fakePlatform(i + 1)),
  );
}

function open(size: StoreSize): SharedTicketStore {
  return storesOf(size, 1)[0]!;
}

function withCode(code: string): unknown {
  return expect.objectContaining({ name: "TicketlockError", code });
}

const order = (id: string, quantity = 1): Order => ({ id, buyer: `buyer of ${id}`, quantity });

describe("SharedTicketStore", () => {
  test("sells serials in order, remembers every sale, and then is sold out", () => {
    const store = open({ capacity: 5 });
    expect(store.sell(order("a", 2))).toEqual({
      order: "a",
      buyer: "buyer of a",
      firstSerial: 0,
      quantity: 2,
    });
    expect(store.sell(order("b", 3))).toMatchObject({ firstSerial: 2, quantity: 3 });
    expect(store.sell(order("c"))).toBeUndefined();
    expect(store.read()).toEqual({ capacity: 5, remaining: 0, version: 2 });
    expect([...store.sales()].map((sale) => sale.order)).toEqual(["a", "b"]);
  });

  test("gives the same order the same sale, whoever repeats it, also when it is sold out", () => {
    const [one, two] = storesOf({ capacity: 2 }, 2) as [SharedTicketStore, SharedTicketStore];
    const first = one.sell(order("a"));
    expect(two.sell(order("a"))).toEqual(first);
    one.sell(order("b"));
    expect(two.sell(order("a"))).toEqual(first);
    expect(two.read()).toMatchObject({ remaining: 0, version: 2 });
  });

  test("does not sell less than was ordered", () => {
    const store = open({ capacity: 5 });
    expect(store.sell(order("a", 6))).toBeUndefined();
    expect(store.sell(order("b", 4))).toBeDefined();
    expect(store.sell(order("c", 2))).toBeUndefined();
    expect(store.sell(order("d", 1))).toBeDefined();
  });

  test("has a journal of maxSales: one more is STORE_FULL, and changes nothing", () => {
    const store = open({ capacity: 5, maxSales: 2 });
    store.sell(order("a"));
    store.sell(order("b"));
    expect(() => store.sell(order("c"))).toThrow(withCode("STORE_FULL"));
    const next = { ...store.read(), remaining: 2 };
    expect(() => store.write(next, { order: order("c") })).toThrow(withCode("STORE_FULL"));
    expect(store.read()).toEqual({ capacity: 5, remaining: 3, version: 2 });
    expect(store.sell(order("a"))).toMatchObject({ firstSerial: 0 });
    expect(store.write(next)).toBe("written");
  });

  test("writes only over the version that was expected", () => {
    const store = open({ capacity: 5 });
    const seen = store.read();
    expect(store.write({ ...seen, remaining: 4 }, { expectedVersion: 0, order: order("a") })).toBe(
      "written",
    );
    expect(store.write({ ...seen, remaining: 4 }, { expectedVersion: 0, order: order("b") })).toBe(
      "conflict",
    );
    expect(store.write({ ...seen, remaining: 4 }, { order: order("a") })).toBe("duplicate");
    expect(store.read()).toEqual({ capacity: 5, remaining: 4, version: 1 });
    expect([...store.sales()]).toHaveLength(1);
  });

  test("refuses a token below one that it has seen, reads included", () => {
    const store = open({ capacity: 5 });
    store.read(3);
    expect(store.fence()).toBe(3);
    const next = store.read();
    for (const attempt of [
      () => store.read(2),
      () => store.write(next, { token: 2 }),
      () => store.sell(order("a"), 2),
    ])
      expect(attempt).toThrow(withCode("STORE_STALE_TOKEN"));
    store.write(next, { token: 3 });
    store.sell(order("a"), 5);
    expect(store.fence()).toBe(5);
    store.read(2 ** 40 + 7);
    expect(store.fence()).toBe(2 ** 40 + 7);
    expect(() => store.read(2 ** 32 + 7)).toThrow(withCode("STORE_STALE_TOKEN"));
  });

  test("shuts an earlier holder out as soon as a later one reads", () => {
    const [one, two] = storesOf({ capacity: 1 }, 2) as [SharedTicketStore, SharedTicketStore];
    const seenByOne = one.read(1);
    const seenByTwo = two.read(2);
    const take = (seen: Inventory): Inventory => ({ ...seen, remaining: 0 });
    expect(() => one.write(take(seenByOne), { token: 1, order: order("one") })).toThrow(
      withCode("STORE_STALE_TOKEN"),
    );
    expect(two.write(take(seenByTwo), { token: 2, order: order("two") })).toBe("written");
    expect([...two.sales()].map((sale) => sale.order)).toEqual(["two"]);
  });

  test("refuses what cannot be: capacities, remainders, orders", () => {
    for (const capacity of [-1, 1.5, Number.NaN, 2 ** 31])
      expect(() => open({ capacity })).toThrow(RangeError);
    for (const maxSales of [-1, 2 ** 22 + 1, 0.5])
      expect(() => open({ capacity: 1, maxSales })).toThrow(RangeError);
    const store = open({ capacity: 5 });
    for (const token of [-1, 0.5, Number.NaN, 2 ** 53])
      expect(() => store.read(token)).toThrow(RangeError);
    const unsold = { capacity: 5, remaining: 5, version: 0 };
    expect(() => store.write(unsold, { order: order("a") })).toThrow(RangeError);
    for (const remaining of [-1, 6, 0.5, Number.NaN])
      expect(() => store.write({ capacity: 5, remaining, version: 0 })).toThrow(RangeError);
    expect(() => store.sell(order(""))).toThrow(RangeError);
    expect(() => store.sell(order("x".repeat(65)))).toThrow(RangeError);
    expect(() => store.sell(order("\ud800"))).toThrow(TypeError);
    expect(() => store.sell(order("a", 0))).toThrow(RangeError);
    expect(store.read()).toEqual({ capacity: 5, remaining: 5, version: 0 });
  });

  test("holds nothing to sell where the capacity is 0", () => {
    const store = open({ capacity: 0 });
    expect(store.sell(order("a"))).toBeUndefined();
    expect(store.read()).toEqual({ capacity: 0, remaining: 0, version: 0 });
  });

  test("takes no token that is none, so that the fence never falls", () => {
    const store = open({ capacity: 1 });
    store.read(50);
    for (const token of [Infinity, Number.NaN, -1, 1.5, 2 ** 53]) {
      expect(() => store.read(token)).toThrow(RangeError);
      expect(() => store.sell(order("a"), token)).toThrow(RangeError);
      expect(() => store.write(store.read(), { token })).toThrow(RangeError);
    }
    expect(store.read(0).remaining).toBe(1); // 0 is no token
    expect(store.fence()).toBe(50);
  });

  test("answers a repeated order with its sale, whatever its token", () => {
    const store = open({ capacity: 1 });
    const sale = store.sell(order("a"), 3);
    store.read(9);
    expect(store.sell(order("a"), 3)).toEqual(sale);
    const sold = { capacity: 1, remaining: 0, version: 0 };
    expect(store.write(sold, { order: order("a"), token: 3 })).toBe("duplicate");
  });

  test("forgets a sale whose seller died before the commit", () => {
    const [one, two] = storesOf({ capacity: 2 }, 2) as [SharedTicketStore, SharedTicketStore];
    const { store } = Atomics;
    // The commit is the one atomic store of a sale: dying there leaves entry and index slot behind.
    Atomics.store = (() => {
      throw new Error("dies here");
    }) as typeof Atomics.store;
    expect(() => one.sell(order("lost"))).toThrow("dies here");
    Atomics.store = store;
    two.recover(1);
    expect(two.read()).toEqual({ capacity: 2, remaining: 2, version: 0 });
    expect(two.sell(order("other"))).toMatchObject({ firstSerial: 0 });
    expect(two.sell(order("lost"))).toMatchObject({ firstSerial: 1 });
    expect([...two.sales()].map((sale) => sale.order)).toEqual(["other", "lost"]);
  });

  test("goes on in the same thread after a step was thrown out of", () => {
    const store = open({ capacity: 2 });
    const hostile = {
      id: "a",
      buyer: "b",
      get quantity(): number {
        throw new Error("no");
      },
    };
    expect(() => store.sell(hostile)).toThrow("no");
    expect(store.sell(order("c"))).toMatchObject({ firstSerial: 0 });
  });

  test("goes on where a thread died in the middle of a sale", () => {
    const [one, two] = storesOf({ capacity: 5 }, 2) as [SharedTicketStore, SharedTicketStore];
    one.sell(order("a"));
    two.recover(1);
    two.recover(1);
    expect(two.sell(order("b"))).toMatchObject({ firstSerial: 1 });
  });

  test("is of no use in this thread once closed", () => {
    const [one, two] = storesOf({ capacity: 5 }, 2) as [SharedTicketStore, SharedTicketStore];
    one.close();
    one.close();
    one.recover(2);
    for (const use of [
      () => one.read(),
      () => one.write(two.read()),
      () => one.sell(order("a")),
      () => one.fence(),
      () => [...one.sales()],
    ])
      expect(use).toThrow(withCode("STORE_CLOSED"));
    expect(two.sell(order("a"))).toBeDefined();
  });

  test("keeps ids of four-byte characters, and of the greatest length, apart", () => {
    const store = open({ capacity: 10 });
    const ids = [
      "🎟".repeat(16),
      `${"🎟".repeat(15)}🎫`,
      "é".repeat(32),
      "x".repeat(64),
      `${"x".repeat(63)}y`,
      "\0",
    ];
    for (const id of ids) store.sell({ id, buyer: id, quantity: 1 });
    expect([...store.sales()].map((sale) => [sale.order, sale.buyer])).toEqual(
      ids.map((id) => [id, id]),
    );
    for (const [i, id] of ids.entries())
      expect(store.sell({ id, buyer: "other", quantity: 1 })).toMatchObject({
        firstSerial: i,
        buyer: id,
      });
  });

  test.for([
    { what: "null", handle: null },
    {
      what: "another kind",
      handle: { module: "test", kind: "futex", version: 1, data: new SharedArrayBuffer(4_096) },
    },
    {
      what: "JSON",
      handle: JSON.parse(
        JSON.stringify(SharedTicketStore.create("test", { capacity: 1 })),
      ) as unknown,
    },
  ])("refuses a handle that is $what", ({ handle }) => {
    expect(() => new SharedTicketStore(handle as never, fakePlatform(1))).toThrow(
      withCode("HANDLE_INVALID"),
    );
  });
});

/** The same store without threads, memory or indexes: what it has to be like. */
class PlainStore {
  readonly #room: number;
  inventory: Inventory;
  fence = 0;
  sales: Sale[] = [];

  constructor(capacity: number, room: number) {
    this.inventory = { capacity, remaining: capacity, version: 0 };
    this.#room = room;
  }

  read(token: number | undefined): Inventory {
    this.#raise(token);
    return this.inventory;
  }

  write(remaining: number, { token, expectedVersion, order }: Commit): string {
    if (this.#saleOf(order) !== undefined) return "duplicate";
    this.#raise(token);
    const { version, capacity } = this.inventory;
    if (expectedVersion !== undefined && expectedVersion !== version) return "conflict";
    this.#commit(remaining, order, capacity - remaining - (order?.quantity ?? 0));
    return "written";
  }

  sell(order: Order, token: number | undefined): Sale | undefined {
    const known = this.#saleOf(order);
    if (known !== undefined) return known;
    this.#raise(token);
    const { capacity, remaining } = this.inventory;
    if (remaining < order.quantity) return undefined;
    this.#commit(remaining - order.quantity, order, capacity - remaining);
    return this.#saleOf(order);
  }

  #saleOf(order: Order | undefined): Sale | undefined {
    return this.sales.find((sale) => sale.order === order?.id);
  }

  #raise(token: number | undefined): void {
    if (token === undefined) return;
    if (token < this.fence) throw new Error("STORE_STALE_TOKEN");
    this.fence = token;
  }

  #commit(remaining: number, order: Order | undefined, firstSerial: number): void {
    if (order !== undefined) {
      if (this.sales.length === this.#room) throw new Error("STORE_FULL");
      const { id, buyer, quantity } = order;
      this.sales.push({ order: id, buyer, firstSerial, quantity });
    }
    this.inventory = { ...this.inventory, remaining, version: this.inventory.version + 1 };
  }
}

/** What a call gives, or the code of its error. */
function outcomeOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return isTicketlockError(error) ? error.code : (error as Error).message;
  }
}

describe("SharedTicketStore beside a plain model", () => {
  const capacity = 12;
  const room = 8;
  const token = fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined });
  const someOrder = fc.record({
    id: fc.constantFrom("a", "b", "c", "🎟", "é", "dd", "e", "f", "g", "h", "i", "j"),
    buyer: fc.constantFrom("anna", "бен", "🙂"),
    quantity: fc.integer({ min: 1, max: 3 }),
  });
  const call = fc.oneof(
    fc.record({ what: fc.constant("read" as const), thread: fc.nat({ max: 2 }), token }),
    fc.record({
      what: fc.constant("sell" as const),
      thread: fc.nat({ max: 2 }),
      token,
      order: someOrder,
    }),
    fc.record({
      what: fc.constant("write" as const),
      thread: fc.nat({ max: 2 }),
      token,
      order: fc.option(someOrder, { nil: undefined }),
      expectedVersion: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    }),
  );

  test("answers every sequence of reads, writes and sales alike", () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 40 }), (calls) => {
        const stores = storesOf({ capacity, maxSales: room }, 3);
        const model = new PlainStore(capacity, room);
        for (const one of calls) {
          const store = stores[one.thread]!;
          if (one.what === "read") {
            const found = outcomeOf(() => store.read(one.token));
            expect(found).toEqual(outcomeOf(() => model.read(one.token)));
          } else if (one.what === "sell") {
            const found = outcomeOf(() => store.sell(one.order, one.token));
            expect(found).toEqual(outcomeOf(() => model.sell(one.order, one.token)));
          } else {
            const { order, token, expectedVersion } = one;
            const { remaining } = model.inventory;
            const left = remaining - (order?.quantity ?? 0);
            if (left < 0) continue;
            const commit: Commit = {
              ...(order === undefined ? {} : { order }),
              ...(token === undefined ? {} : { token }),
              ...(expectedVersion === undefined ? {} : { expectedVersion }),
            };
            const next = { capacity, remaining: left, version: 0 };
            const found = outcomeOf(() => store.write(next, commit));
            expect(found).toEqual(outcomeOf(() => model.write(left, commit)));
          }
          expect(store.fence()).toBe(model.fence);
          expect(store.read()).toEqual(model.inventory);
          expect([...store.sales()]).toEqual(model.sales);
        }
      }),
      { numRuns: 300 },
    );
  });
});
