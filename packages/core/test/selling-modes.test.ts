import { describe, expect, test } from "vitest";
import {
  buy,
  type BuyHooks,
  type Contender,
  isSellingMode,
  ORDER_TOPIC,
  type Order,
  sellingModes,
  type SellingMode,
  sellQueued,
} from "../src/index.ts";
import { FakeLock, fakeGuarantees } from "./fake-lock.ts";
import { FakeStore } from "./fake-store.ts";

const modes = Object.keys(sellingModes) as SellingMode[];

function newLock(): FakeLock {
  return new FakeLock({ module: "m", kind: "fake", version: 1, data: 0 }, fakeGuarantees);
}

/** Contenders in this thread; the owner of the store answers orders one after the other. */
function contendersOf(count: number, store: FakeStore): Contender[] {
  const shared = newLock();
  let orders: Promise<unknown> = Promise.resolve();
  return Array.from({ length: count }, (_, index) => ({
    index,
    count,
    seed: index,
    signal: new AbortController().signal,
    lock: () => shared,
    ownLock: async () => newLock(),
    store,
    channel: {
      request: (topic, body) => {
        expect(topic).toBe(ORDER_TOPIC);
        return (orders = orders.then(() => sellQueued(store, body as Order)));
      },
      send() {},
    },
    meet: async () => {},
    nowNs: () => 0n,
    clockErrorNs: 0,
    startedNs: 0n,
  }));
}

function orderOf(index: number): Order {
  return { id: `order ${index}`, buyer: `buyer ${index}`, quantity: 1 };
}

/** Lets everybody go on once so many have come, as long as anybody waits; so reads come before writes wherever nothing prevents it. */
function meetingOf(parties: number): () => Promise<void> {
  let come = 0;
  return async () => {
    come++;
    const areHere = (): boolean => come >= parties;
    for (let turn = 0; turn < 10 && !areHere(); turn++)
      await new Promise((resolve) => setImmediate(resolve));
  };
}

async function sellTo(
  mode: SellingMode,
  contenders: readonly Contender[],
  hooks: BuyHooks = {},
): Promise<Awaited<ReturnType<typeof buy>>[]> {
  const one = (contender: Contender): ReturnType<typeof buy> =>
    buy(mode, contender, orderOf(contender.index), hooks);
  if (sellingModes[mode].start === "together") return Promise.all(contenders.map(one));
  const purchases = [];
  for (const contender of contenders) purchases.push(await one(contender));
  return purchases;
}

describe("buy", () => {
  test.for(modes)("%s sells one ticket once if it claims to, and twice if not", async (mode) => {
    const store = new FakeStore(1);
    const meet = meetingOf(3);
    const purchases = await sellTo(mode, contendersOf(3, store), { beforeWrite: meet });
    const sold = purchases.filter((purchase) => purchase.sold).length;
    if (sellingModes[mode].exact) expect(sold).toBe(1);
    else expect(sold).toBe(3);
    for (const { seen } of purchases.slice(0, 1)) expect(seen.capacity).toBe(1);
  });

  test.for(modes)("%s sells all there is to buyers who come one by one", async (mode) => {
    const store = new FakeStore(2);
    const contenders = contendersOf(3, store);
    const sold: boolean[] = [];
    for (const contender of contenders) sold.push((await sellTo(mode, [contender]))[0]!.sold);
    expect(sold).toEqual([true, true, false]);
    expect(store.read().remaining).toBe(0);
    expect(store.sales().map((sale) => sale.firstSerial)).toEqual([0, 1]);
  });

  test.for(modes)("%s searches outside its section only if it says so", async (mode) => {
    const steps: string[] = [];
    await sellTo(mode, contendersOf(1, new FakeStore(1)), {
      tell: (step) => void steps.push(step),
    });
    const { lock, concurrentSearch } = sellingModes[mode];
    expect(steps.includes("enter")).toBe(lock !== "none");
    if (lock !== "none")
      expect(steps.indexOf("search") < steps.indexOf("enter")).toBe(concurrentSearch);
    expect(steps.includes("exit")).toBe(lock !== "none");
  });

  test.for(["mutex", "misplaced-mutex"] as const)(
    "%s reads and writes with the guard's token inside, and searches without outside",
    async (mode) => {
      const store = new FakeStore(2);
      await sellTo(mode, contendersOf(2, store));
      const inside = mode === "mutex" ? [undefined, undefined, 1, 2] : [1, 1, 2, 2];
      expect(store.readTokens).toEqual(inside);
      expect(store.fence()).toBe(2);
    },
  );

  test("optimistic counts its retries", async () => {
    const store = new FakeStore(3);
    const meet = meetingOf(3);
    const purchases = await sellTo("optimistic", contendersOf(3, store), { beforeWrite: meet });
    expect(purchases.every((purchase) => purchase.sold)).toBe(true);
    expect(purchases.reduce((sum, { retries }) => sum + retries, 0)).toBeGreaterThanOrEqual(2);
  });

  test("queue answers orders in order of arrival", async () => {
    const store = new FakeStore(3);
    await sellTo("queue", contendersOf(3, store));
    expect(store.sales().map((sale) => sale.order)).toEqual(["order 0", "order 1", "order 2"]);
  });

  test("atomic is refused by a store that cannot sell in one step", async () => {
    const store = new FakeStore(1, { atomic: false });
    await expect(sellTo("atomic", contendersOf(1, store))).rejects.toMatchObject({
      code: "STORE_UNSUPPORTED",
    });
  });

  test("an order that was sold before counts as sold, and is not sold again", async () => {
    const store = new FakeStore(5);
    const contenders = contendersOf(1, store);
    for (const mode of ["mutex", "optimistic"] as const)
      expect((await sellTo(mode, contenders))[0]!.sold).toBe(true);
    expect(store.sales()).toHaveLength(1);
    expect(store.read().remaining).toBe(4);
  });

  test.for(modes)("%s says yes to a repeated order that got the last ticket", async (mode) => {
    const store = new FakeStore(1);
    const contenders = contendersOf(2, store);
    for (let time = 0; time < 2; time++)
      expect((await sellTo(mode, [contenders[0]!]))[0]!.sold).toBe(true);
    expect((await sellTo(mode, [contenders[1]!]))[0]!.sold).toBe(false);
    expect(store.sales()).toHaveLength(1);
    expect(store.read().remaining).toBe(0);
  });

  test("a repeated order is told no where the store cannot look it up", async () => {
    const store = new FakeStore(1, { idempotent: false, atomic: false });
    const contenders = contendersOf(1, store);
    expect((await sellTo("mutex", contenders))[0]!.sold).toBe(true);
    expect((await sellTo("mutex", contenders))[0]!.sold).toBe(false);
  });

  test("looks again, and counts it, where a store that promises nothing is half written", async () => {
    const store = new FakeStore(1, { durability: "none" });
    store.tornReads = 3;
    const [purchase] = await sellTo("mutex", contendersOf(1, store));
    expect(purchase).toMatchObject({ sold: true, tornReads: 3 });
  });

  test("gives up on a store that stays half written", async () => {
    const store = new FakeStore(1, { durability: "none" });
    store.tornReads = Infinity;
    await expect(sellTo("unlocked", contendersOf(1, store))).rejects.toMatchObject({
      code: "STORE_CORRUPT",
    });
  });

  test("gives up at once where a store promises to be whole", async () => {
    const store = new FakeStore(1, { durability: "process" });
    store.tornReads = 1;
    await expect(sellTo("unlocked", contendersOf(1, store))).rejects.toMatchObject({
      code: "STORE_CORRUPT",
    });
  });

  test("leaves the lock when the section throws", async () => {
    const store = new FakeStore(1, { durability: "process" });
    const contenders = contendersOf(1, store);
    const failing: BuyHooks = {
      beforeWrite: () => {
        throw new Error("in the section");
      },
    };
    await expect(sellTo("mutex", contenders, failing)).rejects.toThrow("in the section");
    expect(await contenders[0]!.lock().query()).toMatchObject({ held: false });
  });
});

describe("isSellingMode", () => {
  test("knows the modes and nothing that every object has", () => {
    expect(modes.every(isSellingMode)).toBe(true);
    for (const name of ["", "mutexes", "constructor", "__proto__"])
      expect(isSellingMode(name)).toBe(false);
  });
});
