import { isTicketlockError, type Order } from "@ticketlock/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SharedTicketStore } from "../src/shared-ticket-store.ts";
import { fakePlatform, MODULE } from "./fake-platform.ts";

function storeOf(capacity: number, maxSales?: number): SharedTicketStore {
  const options = maxSales === undefined ? { capacity } : { capacity, maxSales };
  return new SharedTicketStore(SharedTicketStore.create(MODULE, options), fakePlatform(1));
}
const order = (id: string, quantity = 1): Order => ({ id, buyer: `of ${id}`, quantity });
const isStale = (error: unknown): boolean => isTicketlockError(error, "STORE_STALE_TOKEN");

/** What a store is, in plain words: the model it is compared with. */
class PlainStore {
  remaining: number;
  version = 0;
  fence = 0;
  readonly sales: { order: string; firstSerial: number; quantity: number }[] = [];
  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.remaining = capacity;
  }

  sell(id: string, quantity: number, token: number): number | "stale" | undefined {
    const known = this.sales.find((sale) => sale.order === id);
    if (known !== undefined) return known.firstSerial;
    if (token !== 0 && token < this.fence) return "stale";
    this.fence = Math.max(this.fence, token);
    if (this.remaining < quantity) return undefined;
    const firstSerial = this.capacity - this.remaining;
    this.sales.push({ order: id, firstSerial, quantity });
    this.remaining -= quantity;
    this.version++;
    return firstSerial;
  }

  write(id: string, expectedVersion: number, token: number): string {
    if (this.sales.some((sale) => sale.order === id)) return "duplicate";
    if (token !== 0 && token < this.fence) return "stale";
    this.fence = Math.max(this.fence, token);
    if (expectedVersion !== this.version) return "conflict";
    this.sales.push({ order: id, firstSerial: this.capacity - this.remaining, quantity: 1 });
    this.remaining--;
    this.version++;
    return "written";
  }
}

describe("SharedTicketStore", () => {
  test("does what a plain store does, call by call", () => {
    const id = fc.integer({ min: 0, max: 12 }).map((n) => `order ${n} €😀`);
    const token = fc.integer({ min: 0, max: 6 });
    const call = fc.oneof(
      fc.record({
        what: fc.constant("sell" as const),
        id,
        token,
        quantity: fc.integer({ min: 1, max: 3 }),
      }),
      fc.record({ what: fc.constant("write" as const), id, token, late: fc.boolean() }),
      fc.record({ what: fc.constant("read" as const), token }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 }),
        fc.array(call, { maxLength: 40 }),
        (capacity, calls) => {
          const [store, plain] = [storeOf(capacity, 100), new PlainStore(capacity)];
          const attempt = <T>(step: () => T): T | "stale" => {
            try {
              return step();
            } catch (error) {
              if (!isStale(error)) throw error;
              return "stale";
            }
          };
          for (const one of calls) {
            if (one.what === "sell") {
              const sold = attempt(() => store.sell(order(one.id, one.quantity), one.token));
              expect(typeof sold === "object" ? sold.firstSerial : sold).toBe(
                plain.sell(one.id, one.quantity, one.token),
              );
            } else if (one.what === "write" && plain.remaining > 0) {
              const expectedVersion = plain.version - (one.late ? 1 : 0);
              const next = { capacity, remaining: plain.remaining - 1, version: 0 };
              const commit = { token: one.token, expectedVersion, order: order(one.id) };
              expect(attempt(() => store.write(next, commit))).toBe(
                plain.write(one.id, expectedVersion, one.token),
              );
            } else if (one.what === "read") {
              const stale = one.token !== 0 && one.token < plain.fence;
              const seen = attempt(() => store.read(one.token));
              if (stale) expect(seen).toBe("stale");
              else plain.fence = Math.max(plain.fence, one.token);
            }
            const { remaining, version } = plain;
            expect(store.read()).toEqual({ capacity, remaining, version });
            expect(store.fence()).toBe(plain.fence);
          }
          const journal = [...store.sales()].map(({ order: of, firstSerial, quantity }) => ({
            order: of,
            firstSerial,
            quantity,
          }));
          expect(journal).toEqual(plain.sales);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("shuts out a holder whose successor has read", () => {
    const store = storeOf(1);
    const seen = store.read(1);
    store.read(2);
    expect(() => store.write({ ...seen, remaining: 0 }, { token: 1 })).toThrow(/has seen 2/);
    expect(() => store.sell(order("a"), 1)).toThrow(/has seen 2/);
    expect(() => store.read(1)).toThrow(/has seen 2/);
    expect(store.read().remaining).toBe(1);
  });

  test("takes no token that is none, so that the fence never falls", () => {
    const store = storeOf(1);
    store.read(50);
    for (const token of [Infinity, Number.NaN, -1, 1.5, 2 ** 53]) {
      expect(() => store.read(token)).toThrow(RangeError);
      expect(() => store.sell(order("a"), token)).toThrow(RangeError);
      expect(() => store.write(store.read(), { token })).toThrow(RangeError);
    }
    expect(store.fence()).toBe(50);
    expect(store.read(0).remaining).toBe(1); // 0 is no token
  });

  test("answers a repeated order with its sale, whatever its token and whatever remains", () => {
    const store = storeOf(1);
    const sale = store.sell(order("a"), 3);
    store.read(9);
    expect(store.sell(order("a"), 3)).toEqual(sale);
    expect(
      store.write({ capacity: 1, remaining: 0, version: 0 }, { order: order("a"), token: 3 }),
    ).toBe("duplicate");
    expect(store.sell(order("b"))).toBeUndefined();
  });

  test("refuses an order for more tickets than are gone", () => {
    const store = storeOf(10);
    expect(() =>
      store.write({ capacity: 10, remaining: 10, version: 0 }, { order: order("a", 3) }),
    ).toThrow(RangeError);
    expect([...store.sales()]).toEqual([]);
  });

  test("says STORE_FULL when the journal has no room, and sells nothing then", () => {
    const store = storeOf(10, 1);
    store.sell(order("a"));
    expect(() => store.sell(order("b"))).toThrow(/room for 1 sales/);
    expect(store.read().remaining).toBe(9);
    expect(store.sell(order("a"))?.firstSerial).toBe(0);
  });

  test("forgets a sale whose seller died before the commit", () => {
    const store = storeOf(2);
    const { store: atomicStore } = Atomics;
    // The commit is the one atomic store of a sale: dying there leaves entry and index slot behind.
    Atomics.store = (() => {
      throw new Error("dies here");
    }) as typeof Atomics.store;
    expect(() => store.sell(order("lost"))).toThrow("dies here");
    Atomics.store = atomicStore;
    store.recover(1);
    const after = new SharedTicketStore(store.handle, fakePlatform(2));
    expect(after.read()).toEqual({ capacity: 2, remaining: 2, version: 0 });
    expect(after.sell(order("other"))?.firstSerial).toBe(0);
    expect(after.sell(order("lost"))?.firstSerial).toBe(1);
    expect([...after.sales()].map((sale) => sale.order)).toEqual(["other", "lost"]);
  });

  test("goes on in the same thread after a step was thrown out of", () => {
    const store = storeOf(2);
    const hostile = {
      id: "a",
      buyer: "b",
      get quantity(): number {
        throw new Error("no");
      },
    };
    expect(() => store.sell(hostile)).toThrow("no");
    expect(store.sell(order("c"))?.firstSerial).toBe(0);
  });

  test("refuses impossible capacities, rooms, handles, and every call once closed", () => {
    for (const capacity of [-1, 1.5, 2 ** 31, Number.NaN])
      expect(() => storeOf(capacity)).toThrow(RangeError);
    expect(() => storeOf(1, -1)).toThrow(RangeError);
    const store = storeOf(0);
    expect(store.sell(order("a"))).toBeUndefined();
    const { handle } = store;
    const open = (changed: object) => () =>
      new SharedTicketStore({ ...handle, ...changed }, fakePlatform(2));
    for (const changed of [
      { module: "other" },
      { kind: "futex" },
      { version: 2 },
      { data: {} },
      { data: new SharedArrayBuffer(64) },
    ])
      expect(open(changed)).toThrow(expect.objectContaining({ code: "HANDLE_INVALID" }));
    store.close();
    expect(() => store.read()).toThrow(expect.objectContaining({ code: "STORE_CLOSED" }));
  });
});
