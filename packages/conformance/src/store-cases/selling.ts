import type { AtomicTicketStore, Sale } from "@ticketlock/core";
import type { Arena } from "../kit/arena.ts";
import { equal, errorName, expect, rejects } from "../kit/expect.ts";
import { until, watch } from "../kit/limit.ts";
import type { SellInput } from "../workloads/sell.ts";
import { atomic, expectWholeJournal, orderOf, type StoreCase } from "./store-case.ts";

const KILLING_CONTENDERS = 5;
/** Fewer with several launchers, which take longer to start: a session kills contenders of each. */
const KILLING_SESSIONS = 4;
const KILLING_ORDERS = 300;

/** Kills one seller after the other, at moments that the sales themselves decide, and looks at what is left. */
async function killSellers(arena: Arena, kind: string, session: number): Promise<void> {
  const stage = await arena.stage({
    lock: { count: 0 },
    store: { kind, options: { capacity: KILLING_CONTENDERS * KILLING_ORDERS + 1 } },
    contenders: KILLING_CONTENDERS,
    seed: session,
  });
  const told: Sale[] = [];
  const onSend = (_topic: string, body: unknown): void => void told.push(body as Sale);
  const input: SellInput = {
    orders: KILLING_ORDERS,
    quantity: 1,
    run: `session ${session}`,
    pauses: true,
  };
  const run = watch(stage.run<SellInput, Sale[]>("sell", input, { onSend, onRequest: () => null }));
  for (let victim = 0; victim < KILLING_CONTENDERS - 1; victim++) {
    const soFar = told.length;
    await until(arena.limitMs, "sales go on", () => run.settled || told.length > soFar + 20);
    await stage.crash(victim);
  }
  const last = (await run.result)[KILLING_CONTENDERS - 1]!;
  equal(last.status, "done", "the contender that lives can sell on");
  if (last.status === "done") equal(last.value.length, KILLING_ORDERS, "and sells all its orders");
  const journal = await expectWholeJournal(stage.store, "after contenders were killed");
  const serials = new Map(journal.map((sale) => [sale.order, sale.firstSerial]));
  for (const sale of told)
    equal(serials.get(sale.order), sale.firstSerial, "a sale that was told is in the journal");
  await expectSells(atomic(stage.store));
  await stage.session.close();
}

/** Selling in one step, the journal, and what becomes of both when a seller dies. */
export const sellingCases: readonly StoreCase[] = [
  {
    name: "sell gives dense serials, counts down, and gives undefined when sold out",
    needs: { atomic: true },
    run: async (arena, { kind }) => {
      const store = atomic(await arena.store(kind, { capacity: 6 }));
      const sales = [];
      for (const quantity of [1, 2, 3])
        sales.push(await store.sell(orderOf(`order ${quantity}`, quantity)));
      equal(
        sales.map((sale) => sale?.firstSerial),
        [0, 1, 3],
        "serials follow one another",
      );
      equal(
        sales.map((sale) => sale?.quantity),
        [1, 2, 3],
        "a sale has its order's quantity",
      );
      equal(await store.sell(orderOf("too late")), undefined, "a sold-out store sells nothing");
      equal((await store.read()).remaining, 0, "everything is sold");
      await expectWholeJournal(store, "when all is sold");
    },
  },
  {
    name: "an order for more than is left is sold nothing, and a smaller one still is",
    needs: { atomic: true },
    run: async (arena, { kind }) => {
      const store = atomic(await arena.store(kind, { capacity: 5 }));
      await store.sell(orderOf("three", 3));
      equal(await store.sell(orderOf("three more", 3)), undefined, "more than is left is not sold");
      equal((await store.read()).remaining, 2, "and takes nothing");
      equal((await store.sell(orderOf("two", 2)))?.firstSerial, 3, "what is left can be sold");
      await expectWholeJournal(store, "after a refused order");
    },
  },
  {
    name: "a store of capacity 0 is sold out",
    needs: { atomic: true },
    run: async (arena, { kind }) => {
      const store = atomic(await arena.store(kind, { capacity: 0 }));
      equal(await store.sell(orderOf("hopeful")), undefined, "nothing can be sold");
      await expectWholeJournal(store, "when there was nothing to sell");
    },
  },
  {
    name: "sell refuses orders beyond their limits, and keeps 64 bytes of any text",
    needs: { atomic: true },
    run: async (arena, { kind }) => {
      const store = atomic(await arena.store(kind, { capacity: 10 }));
      for (const id of ["a", "x".repeat(64), "🎫".repeat(16)]) {
        equal((await store.sell(orderOf(id)))?.order, id, "the sale names the order");
      }
      for (const id of ["", "x".repeat(65), "🎫".repeat(17)]) {
        await rejects(
          async () => store.sell({ ...orderOf("fine"), id }),
          "RangeError",
          "an id of 0 or 65 bytes is refused",
        );
      }
      await rejects(
        async () => store.sell(orderOf("fine", 0)),
        "RangeError",
        "an order for nothing is refused",
      );
      equal(
        (await expectWholeJournal(store, "after refused orders")).length,
        3,
        "refused orders are not in the journal",
      );
    },
  },
  {
    name: "the same order id is sold once: sell gives the same sale, write says duplicate",
    needs: { atomic: true, idempotent: true },
    run: async (arena, { kind }) => {
      const store = atomic(await arena.store(kind, { capacity: 3 }));
      const sale = await store.sell(orderOf("once", 2));
      equal(await store.sell(orderOf("once", 2)), sale, "the same order gets the same sale");
      const inventory = await store.read();
      equal(inventory.remaining, 1, "and is sold once");
      const next = { ...inventory, remaining: 0, version: inventory.version + 1 };
      equal(
        await store.write(next, { order: orderOf("once") }),
        "duplicate",
        "a write of an order that is sold says so",
      );
      equal(await store.read(), inventory, "a duplicate changes nothing");
      await store.sell(orderOf("last"));
      equal(await store.sell(orderOf("once", 2)), sale, "a sold-out store still knows the sale");
      await expectWholeJournal(store, "after repeated orders");
    },
  },
  {
    name: "a write with an order that is in the journal says duplicate and changes nothing",
    needs: { idempotent: true, journal: true },
    run: async (arena, { kind }) => {
      const store = await arena.store(kind, { capacity: 3 });
      const first = await store.read();
      const order = orderOf("once");
      equal(
        await store.write({ ...first, remaining: 2, version: first.version + 1 }, { order }),
        "written",
        "a first write is written",
      );
      const second = await store.read();
      equal(
        await store.write({ ...second, remaining: 1, version: second.version + 1 }, { order }),
        "duplicate",
        "a second one is a duplicate",
      );
      equal(await store.read(), second, "a duplicate changes nothing");
      await expectWholeJournal(store, "after a repeated write");
    },
  },
  {
    name: "the same orders from all contenders at once are sold once, to all the same",
    needs: { atomic: true, idempotent: true },
    contenders: true,
    runtimes: true,
    run: async (arena, { kind }) => {
      const orders = 64;
      const stage = await arena.stage({
        lock: { count: 0 },
        store: { kind, options: { capacity: 4 * orders } },
      });
      const all = await stage.values<number, (Sale | undefined)[]>("same-order", orders);
      for (const sales of all) equal(sales, all[0]!, "every contender gets the same sales");
      const journal = await expectWholeJournal(
        stage.store,
        "after the same orders from all contenders",
      );
      equal(journal.length, orders, "each order is in the journal once");
    },
  },
  {
    name: "a write with an order enters the journal in the same step, at the serials it takes",
    needs: { journal: true },
    run: async (arena, { kind }) => {
      const store = await arena.store(kind, { capacity: 10 });
      for (const quantity of [1, 4, 2]) {
        const inventory = await store.read();
        const next = {
          ...inventory,
          remaining: inventory.remaining - quantity,
          version: inventory.version + 1,
        };
        equal(
          await store.write(next, { order: orderOf(`${quantity}`, quantity) }),
          "written",
          "a write with an order is written",
        );
      }
      const sales = await expectWholeJournal(store, "after three writes");
      equal(
        sales.map(({ order, firstSerial, quantity }) => [order, firstSerial, quantity]),
        [
          ["1", 0, 1],
          ["4", 1, 4],
          ["2", 5, 2],
        ],
        "the journal tells what was written",
      );
    },
  },
  {
    name: "no sale gets lost where the journal's room ends: STORE_FULL, or room enough",
    needs: { atomic: true },
    run: async (arena, { kind }) => {
      const store = atomic(await arena.store(kind, { capacity: 10, maxSales: 3 }));
      let sold = 0;
      for (let i = 0; i < 6; i++) {
        const before = await store.read();
        try {
          if ((await store.sell(orderOf(`order ${i}`))) !== undefined) sold++;
        } catch (error) {
          equal(errorName(error), "STORE_FULL", "a store without room for another sale says so");
          equal(await store.read(), before, "and changes nothing");
        }
      }
      expect(sold >= 3, "there is room for the sales that room was asked for");
      const sales = await expectWholeJournal(store, "when the journal's room has ended");
      equal(sales.length, sold, "every sale that was told is in the journal");
    },
  },
  {
    name: "contenders that sell at once sell every ticket once",
    needs: { atomic: true },
    contenders: true,
    runtimes: true,
    run: async (arena, { kind }) => {
      const capacity = 301;
      const stage = await arena.stage({
        lock: { count: 0 },
        store: { kind, options: { capacity } },
      });
      const input: SellInput = { orders: capacity, quantity: 2, run: "all", pauses: false };
      const onRequest = (): null => null;
      const told = (await stage.values<SellInput, Sale[]>("sell", input, { onRequest })).flat();
      equal(told.length, 150, "as many orders are sold as tickets allow");
      const journal = await expectWholeJournal(stage.store, "after a sale by all contenders");
      equal(bySerial(journal), bySerial(told), "the journal holds just the sales that were told");
    },
  },
  {
    name: "contenders killed in the middle of selling lose and double nothing",
    needs: { atomic: true },
    contenders: true,
    runtimes: true,
    run: async (arena, { kind }) => {
      const launchers = arena.adapters.filter(({ launcher }) => launcher !== undefined).length;
      for (let session = 0; session < KILLING_SESSIONS / launchers; session++)
        await killSellers(arena, kind, session);
    },
  },
];

async function expectSells(store: AtomicTicketStore): Promise<void> {
  const sale = await store.sell(orderOf("after the deaths"));
  expect(sale !== undefined, "the store sells on after the deaths");
}

function bySerial(sales: readonly Sale[]): Sale[] {
  return [...sales].sort((a, b) => a.firstSerial - b.firstSerial);
}
