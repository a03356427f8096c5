import type { Order, Sale } from "@ticketlock/core";
import { describe, expect, test } from "vitest";
import { createTicketStore } from "../src/index.ts";
import { TestWorker } from "./worker-kit.ts";

const SEED = 20_260_101;

/** The generator of Steele, Lea and Flood's SplitMix, in 32 bits: the same kills in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
  };
}

function ordersOf(buyer: string, count: number, quantity: (i: number) => number): Order[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `${buyer}-${i}`,
    buyer,
    quantity: quantity(i),
  }));
}

/** What every store owes its buyers: serials dense from 0, no order twice, journal and counter agree. */
function expectSound(sales: readonly Sale[], sold: number): void {
  expect(new Set(sales.map((sale) => sale.order)).size).toBe(sales.length);
  let next = 0;
  for (const { firstSerial, quantity } of sales) {
    expect(firstSerial).toBe(next);
    next += quantity;
  }
  expect(next).toBe(sold);
}

describe("a ticket store between threads", () => {
  test("sells exactly its capacity to four workers at once", async () => {
    const capacity = 3_000;
    const store = createTicketStore({ capacity });
    const workers = ["a", "b", "c", "d"].map(
      (buyer) =>
        new TestWorker({
          act: "sell",
          store: store.handle,
          orders: ordersOf(buyer, 1_000, () => 1),
        }),
    );
    let sold = 0;
    for (const worker of workers) {
      expect(await worker.said()).toBe("open");
      sold += ((await worker.said()) as { sold: number }).sold;
    }
    expect(sold).toBe(capacity);
    expect(store.read()).toMatchObject({ capacity, remaining: 0, version: capacity });
    expectSound([...store.sales()], capacity);
  });

  test.for([{ watched: true }, { watched: false }])(
    "loses and doubles nothing while workers are terminated in the middle of sales and start again, watched: $watched",
    async ({ watched }) => {
      const capacity = 40_000;
      const store = createTicketStore({ capacity });
      const random = randomOf(SEED);
      const quantities = Array.from({ length: 9_000 }, () => 1 + Math.floor(random() * 3));
      let kills = 0;
      const buy = async (buyer: string): Promise<void> => {
        const orders = ordersOf(buyer, quantities.length, (i) => quantities[i]!);
        for (let lives = 3; lives > 0; lives--) {
          const worker = new TestWorker({ act: "sell", store: store.handle, orders });
          if (watched) store.watch(worker.worker);
          expect(await worker.said()).toBe("open");
          if (lives > 1) {
            // Somewhere in the middle: as many turns of this loop as chance wants.
            for (let turns = Math.floor(random() * 12); turns > 0; turns--)
              await new Promise((resolve) => setImmediate(resolve));
            await worker.worker.terminate();
            kills++;
          } else expect(await worker.said()).toMatchObject({ sold: expect.any(Number) });
        }
      };
      await Promise.all(["a", "b", "c", "d"].map(buy));
      expect(kills).toBe(8);
      const { remaining } = store.read();
      const sales = [...store.sales()];
      expectSound(sales, capacity - remaining);
      const total = 4 * quantities.reduce((sum, quantity) => sum + quantity, 0);
      expect(total).toBeGreaterThan(capacity);
      expect(remaining).toBeLessThan(3); // at most a pair of tickets that nobody wanted
      for (const { order, buyer, quantity } of sales) {
        const [name, i] = order.split("-");
        expect([buyer, quantity]).toEqual([name, quantities[Number(i)]]);
      }
    },
  );
});
