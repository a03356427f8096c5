import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import { mappedStores } from "../../src/mapped-stores.ts";
import type { MappedTicketStore } from "../../src/mapped-ticket-store.ts";
import { faultsOf, pictureOf } from "./picture.ts";

const ROUNDS = 6;

let store: MappedTicketStore | undefined;
const workers: Worker[] = [];

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
  store?.close();
});

describe("MappedTicketStore, used by threads", () => {
  test("that are terminated in the middle of a sale, is whole, and the others sell on", async () => {
    const handle = mappedStores.create("mapped", { capacity: 2 ** 31 - 1, maxSales: 2 ** 20 });
    store = mappedStores.open(handle);
    for (let round = 0; round < ROUNDS; round++) {
      const pair = [0, 1].map(
        (i) =>
          new Worker(new URL("thread-seller.ts", import.meta.url), {
            workerData: { handle, name: `thread-${round}-${i}` },
          }),
      );
      workers.push(...pair);
      await Promise.all(pair.map((worker) => once(worker, "message")));
      for (const [i, worker] of pair.entries()) {
        await sleep(Math.random() * 10); // an end at whatever instant; nothing waits for it
        await worker.terminate();
        const sale = store.sell({
          id: `after ${round}-${i}`,
          buyer: "b",
          quantity: 1,
        });
        expect(sale).toBeDefined();
      }
    }
    const picture = pictureOf(store);
    expect(faultsOf(picture)).toEqual([]);
    expect(picture.inventory.version).toBe(picture.sales.length);
    expect(picture.sales.length).toBeGreaterThan(2 * ROUNDS);
  });
});
