import { describe, expect, test } from "vitest";
import { openSession, type Outcome } from "../src/index.ts";
import { FakeAdapter } from "./fake-launcher.ts";
import { open, raise } from "./session-kit.ts";

/** Mixed into 32 bits, two of these contenders' seeds differ in the lowest bit only. */
const COLLIDING = { seed: 46_948_794, contenders: 16 };

describe("Session", () => {
  test("gives a contender the same lock of its own again and again", async () => {
    const { session, adapter } = await open(2);
    const own = adapter.workload(async ({ ownLock }) => {
      const locks = await Promise.all([ownLock(), ownLock()]);
      return [...locks, await ownLock()].map((lock) => lock.handle.data);
    });
    const outcomes = [...(await session.run(own, null)), ...(await session.run(own, null))];
    const seen = outcomes.map((outcome) => (outcome.status === "done" ? outcome.value : []));
    expect(seen.map((locks) => new Set(locks as number[]).size)).toEqual([1, 1, 1, 1]);
    expect(seen.slice(2)).toEqual(seen.slice(0, 2));
    expect(adapter.locks[0].made).toHaveLength(3);
    await session.close();
    expect(adapter.locks[0].made.slice(1).map((lock) => lock.closed)).toEqual([1, 1]);
  });

  test("gives contenders seeds that differ, also where 31 bits of them would not", async () => {
    const { session, adapter } = await open(COLLIDING.contenders, { seed: COLLIDING.seed });
    const outcomes: readonly Outcome<unknown>[] = await session.run(
      adapter.workload((contender) => contender.seed),
      null,
    );
    const seeds = outcomes.map((outcome) => outcome.status === "done" && outcome.value);
    expect(new Set(seeds).size).toBe(COLLIDING.contenders);
  });

  test("closes the rest when one lock cannot be closed, and tells", async () => {
    const adapter = new FakeAdapter();
    const session = await openSession({
      adapters: [adapter],
      contenders: 1,
      lock: { count: 2 },
      store: { options: { capacity: 1 } },
    });
    const refused = new Error("cannot be closed");
    adapter.locks[0].made[0]!.close = () => raise(refused);
    await expect(session.close()).rejects.toBe(refused);
    // The owner's opening and the contender's; the contender has ended by itself.
    expect(adapter.locks[0].made[1]!.closed).toBe(2);
    expect(adapter.stores[0].made[0]!.closed).toBe(2);
    expect(await adapter.started[0]!.exited).toEqual({ code: 0 });
  });

  test("reports crashed for a contender that was crashed before the run", async () => {
    const { session, adapter } = await open(2);
    await session.crash(0);
    await session.crash(0);
    const outcomes = await session.run(
      adapter.workload(() => 1),
      null,
    );
    expect(outcomes).toMatchObject([{ status: "crashed" }, { status: "done" }]);
    await expect(session.crash(2)).rejects.toThrow(RangeError);
  });

  test("closes contenders, locks and store once, and runs nothing after", async () => {
    const { session, adapter } = await open(2, { store: { options: { capacity: 1 } } });
    await Promise.all([session.close(), session.close()]);
    await session[Symbol.asyncDispose]();
    // The owner's opening and each contender's: the fake hands out one object.
    expect(adapter.locks[0].made[0]!.closed).toBe(3);
    expect(adapter.stores[0].made[0]!.closed).toBe(3);
    await expect(
      session.run(
        adapter.workload(() => 1),
        null,
      ),
    ).rejects.toMatchObject({
      code: "CONTENDER_CRASHED",
    });
  });

  test("refuses a lock or store that the session does not have", async () => {
    const { session, adapter } = await open(1, { lock: { count: 2 } });
    const use = adapter.workload(({ lock }) => [lock(0), lock(1), lock(2)].length);
    expect(await session.run(use, null)).toMatchObject([
      { status: "failed", error: { message: "RangeError: Cannot use lock 2: the session has 2." } },
    ]);
    const read = adapter.workload((contender) => contender.store);
    expect(await session.run(read, null)).toMatchObject([
      { status: "failed", error: { code: "STORE_UNSUPPORTED" } },
    ]);
  });

  test("gives ownLock a lock of the session's kind that nobody else has", async () => {
    const { session, adapter } = await open(2);
    const own = adapter.workload(async ({ ownLock }) => (await ownLock()).handle.data);
    const outcomes = await session.run(own, null);
    expect(outcomes.map((outcome) => outcome.status === "done" && outcome.value).sort()).toEqual([
      1, 2,
    ]);
  });
});
