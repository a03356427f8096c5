import { describe, expect, test } from "vitest";
import { BROKEN_EVERY, type ControlLock, Providers } from "../src/index.ts";
import { fakeLocks } from "./fake-lock.ts";

const engine = fakeLocks();
const providers = new Providers([{ name: "a", url: "test:a", locks: [engine], stores: [] }]);

describe("the control lock none", () => {
  test("lets everybody in, with no token, and never takes the lock within", async () => {
    const lock = await providers.openLock(await providers.createLock("none", "threads"));
    const inner = engine.made.at(-1)!;
    const guards = [
      await lock.acquire(),
      await lock.tryAcquire(),
      await lock.acquire({ timeoutMs: 0 }),
    ];
    expect(guards.map((guard) => guard?.token)).toEqual([0, 0, 0]);
    expect(inner.acquired).toBe(0);
    expect(lock.guarantees).toMatchObject({ exclusive: false, tokens: "none", scope: "threads" });
    for (const guard of guards) await guard?.release();
    expect(await lock.runExclusive((guard) => guard.token)).toBe(0);
    await lock.close();
    expect(inner.closed).toBe(1);
  });

  test("checks its arguments as the real lock would", async () => {
    const lock = await providers.openLock(await providers.createLock("none", "threads"));
    await expect(lock.acquire({ timeoutMs: -1 })).rejects.toThrow(RangeError);
    await expect(lock.acquire({ signal: AbortSignal.abort("why") })).rejects.toBe("why");
  });
});

describe("the control lock broken", () => {
  test(`lets one in ${BROKEN_EVERY} in beside the holder, and the others queue`, async () => {
    const lock = await providers.openLock(await providers.createLock("broken", "threads"));
    const guards = [];
    for (let i = 0; i < BROKEN_EVERY; i++) guards.push(await lock.tryAcquire());
    expect(guards[0]?.token).toBeGreaterThan(0);
    expect(guards.slice(1, -1)).toEqual(Array(BROKEN_EVERY - 2).fill(undefined));
    expect(guards.at(-1)?.token).toBe(0);
  });

  test("refuses to block where the lock within cannot", async () => {
    const handle = await providers.createLock("broken", "threads");
    const lock = (await providers.openLock(handle)) as ControlLock;
    const refused = expect.objectContaining({ code: "LOCK_UNSUPPORTED" });
    expect(() => lock.acquireSync()).toThrow(refused);
    expect(() => lock.tryAcquireSync()).toThrow(refused);
  });

  test("refuses a handle whose lock within is of no loaded adapter", async () => {
    const handle = await providers.createLock("broken", "threads");
    for (const data of [null, {}, { module: "other", kind: "fake", version: 1, data: 0 }])
      await expect(providers.openLock({ ...handle, data })).rejects.toMatchObject({
        code: "HANDLE_INVALID",
      });
  });
});
