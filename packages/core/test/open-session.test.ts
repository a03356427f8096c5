import { describe, expect, onTestFinished, test } from "vitest";
import { openSession, TicketlockError } from "../src/index.ts";
import { FakeAdapter } from "./fake-launcher.ts";
import { open, raise, timers } from "./session-kit.ts";

describe("openSession", () => {
  test("gives every contender its place, a seed of its own, and the shared lock and store", async () => {
    const { session, adapter } = await open(3, { store: { options: { capacity: 5 } }, seed: 7 });
    const facts = adapter.workload((contender, input) => ({
      index: contender.index,
      count: contender.count,
      seed: contender.seed,
      lock: contender.lock().handle.data,
      capacity: (contender.store.read() as { capacity: number }).capacity,
      input,
    }));
    const outcomes = await session.run<string, { seed: number }>(facts, "in");
    const shared = { count: 3, lock: 0, capacity: 5, input: "in" };
    for (const [index, outcome] of outcomes.entries())
      expect(outcome).toMatchObject({ status: "done", value: { index, ...shared } });
    const seeds = outcomes.map((outcome) => (outcome.status === "done" ? outcome.value.seed : -1));
    expect(new Set(seeds).size).toBe(3);
    expect(session.ids).toEqual([100, 101, 102]);
    const again = await open(3, { seed: 7 });
    const sameSeeds = await again.session.run<null, number>(
      again.adapter.workload((contender) => contender.seed),
      null,
    );
    expect(sameSeeds.map((outcome) => outcome.status === "done" && outcome.value)).toEqual(seeds);
  });

  test.for([
    { contenders: 0 },
    { contenders: 257 },
    { contenders: 1.5 },
    { contenders: Number.NaN },
    { contenders: 1, seed: -1 },
    { contenders: 1, lock: { count: -1 } },
    { contenders: 1, limitMs: Number.NaN },
    { contenders: 1, limitMs: -1 },
    { contenders: 1, limitMs: 2 ** 31 },
  ])("refuses impossible numbers: %o", async (options) => {
    const session = openSession({ adapters: [new FakeAdapter()], ...options });
    await expect(session).rejects.toThrow(RangeError);
  });

  test("refuses adapters of which none starts contenders", async () => {
    const { launcher: _, ...rest } = new FakeAdapter();
    const session = openSession({ adapters: [{ ...rest, locks: [], stores: [] }], contenders: 1 });
    await expect(session).rejects.toMatchObject({ code: "ADAPTER_INVALID" });
  });

  test("refuses a lock whose scope does not reach its contenders, and closes what it had opened", async () => {
    const adapter = new FakeAdapter();
    const wide = { ...adapter.launcher, scope: "processes" as const };
    const session = openSession({
      adapters: [{ name: "wide", url: "x", locks: adapter.locks, stores: [], launcher: wide }],
      contenders: 1,
    });
    await expect(session).rejects.toMatchObject({ code: "LOCK_SCOPE" });
    expect(adapter.started).toHaveLength(0);
  });

  test("asks each launcher once whether it can start any, before it makes anything", async () => {
    const adapter = new FakeAdapter();
    let asked = 0;
    const check = (): void => {
      if (++asked === 2) throw new TicketlockError("PERMISSION_DENIED", "not here");
    };
    const launcher = { ...adapter.launcher, check };
    const options = {
      adapters: [{ ...adapter, launcher }],
      contenders: 2,
      store: { options: { capacity: 1 } },
    };
    await (await openSession(options)).close();
    expect(asked).toBe(1);
    const made = { locks: adapter.locks[0].made.length, stores: adapter.stores[0].made.length };
    await expect(openSession(options)).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    expect({ locks: adapter.locks[0].made.length, stores: adapter.stores[0].made.length }).toEqual(
      made,
    );
    expect(adapter.started).toHaveLength(2);
  });

  test("ends what it has started when a contender cannot be started, and leaves no timer", async () => {
    const adapter = new FakeAdapter();
    adapter.unstartable = 2;
    const before = timers();
    const session = openSession({ adapters: [adapter], contenders: 3 });
    await expect(session).rejects.toThrow("no thread to be had");
    await expect(adapter.started[0]!.exited).resolves.toEqual({ code: 0 });
    expect(adapter.locks[0].made[0]!.closed).toBeGreaterThan(0);
    expect(timers()).toBeLessThanOrEqual(before); // one of an earlier test may end meanwhile
  });

  test("has contenders import what is of their own runtime or of none, and starts them in turn", async () => {
    const node = new FakeAdapter();
    const other = new FakeAdapter();
    const deno = {
      name: "other",
      url: "test:other",
      locks: [],
      stores: [],
      launcher: { ...other.launcher, runtime: "deno" as const },
    };
    const storesOnly = { name: "stores", url: "test:stores", locks: [], stores: [] };
    node.provide("test:stores", { adapter: storesOnly });
    other.provide("test:stores", { adapter: storesOnly });
    other.provide("test:other", { adapter: deno });
    const session = await openSession({
      adapters: [node, deno, storesOnly],
      contenders: 3,
      lock: { count: 0 },
    });
    onTestFinished(() => session.close());
    expect([node.started.length, other.started.length]).toEqual([2, 1]);
  });

  test.for([
    { given: undefined, tokensAbove: 41 },
    { given: 7, tokensAbove: 41 },
    { given: 50, tokensAbove: 50 },
  ])(
    "makes its locks with tokens above the fence of an old store: $tokensAbove, where $given was asked for",
    async ({ given, tokensAbove }) => {
      const adapter = new FakeAdapter();
      const { open } = adapter.stores[0];
      adapter.stores[0].open = async (handle) => {
        const store = await open(handle);
        await store.read(41);
        return store;
      };
      const options = given === undefined ? {} : { tokensAbove: given };
      const session = await openSession({
        adapters: [adapter],
        contenders: 1,
        lock: { count: 2, options },
        store: { options: { capacity: 1 } },
      });
      onTestFinished(() => session.close());
      expect(adapter.locks[0].madeWith).toEqual([{ tokensAbove }, { tokensAbove }]);
    },
  );

  test("tells why it could not open, also where a lock cannot be closed", async () => {
    const adapter = new FakeAdapter();
    adapter.unstartable = 0;
    const { open } = adapter.locks[0];
    adapter.locks[0].open = (handle) =>
      Object.assign(open(handle), { close: () => raise(new Error("cannot be closed")) });
    const session = openSession({ adapters: [adapter], contenders: 1 });
    await expect(session).rejects.toThrow("no thread to be had");
  });

  test("gives up a contender that does not open its locks within limitMs", async () => {
    const adapter = new FakeAdapter();
    adapter.deafAtStart = 1;
    const session = openSession({ adapters: [adapter], contenders: 2, limitMs: 50 });
    await expect(session).rejects.toMatchObject({ code: "CONTENDER_TIMEOUT" });
    expect((await adapter.started[1]!.exited).code).toBe(1);
  });
});
