import { afterEach, describe, expect, test } from "vitest";
import { closeScenes, isSettled, kinds, Scene, withCode } from "./lock-scene.ts";

afterEach(closeScenes);

describe.for(kinds)("waiting for a %s mutex", (kind) => {
  test("is refused at once with timeoutMs 0, and does not leave a waiter behind", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync({ timeoutMs: 0 });
    expect(() => two.acquireSync({ timeoutMs: 0 })).toThrow(withCode("LOCK_TIMEOUT"));
    await expect(two.acquire({ timeoutMs: 0 })).rejects.toEqual(withCode("LOCK_TIMEOUT"));
    expect(two.tryAcquireSync()).toBeUndefined();
    expect(two.tryAcquire()).toBeUndefined();
    expect(one.query().waiters).toBe(0);
    guard.release();
    two.acquireSync({ timeoutMs: 0 }).release();
  });

  test("ends after timeoutMs, not before, and does not leave a waiter behind", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    for (const timeoutMs of [0.5, 30]) {
      const startMs = performance.now();
      expect(() => two.acquireSync({ timeoutMs })).toThrow(withCode("LOCK_TIMEOUT"));
      expect(performance.now() - startMs).toBeGreaterThanOrEqual(timeoutMs);
      const againMs = performance.now();
      await expect(two.acquire({ timeoutMs })).rejects.toEqual(withCode("LOCK_TIMEOUT"));
      expect(performance.now() - againMs).toBeGreaterThanOrEqual(timeoutMs - 1); // a timer's resolution
    }
    expect(one.query().waiters).toBe(0);
    guard.release();
    two.acquireSync({ timeoutMs: 0 }).release();
  });

  test.for([Number.NaN, -1, -Infinity])(
    "is refused with timeoutMs %d, and takes nothing",
    async (timeoutMs) => {
      const mutex = new Scene(kind).open(1);
      expect(() => mutex.acquireSync({ timeoutMs })).toThrow(RangeError);
      await expect(mutex.acquire({ timeoutMs })).rejects.toThrow(RangeError);
      expect(mutex.query()).toMatchObject({ held: false, token: 0, waiters: 0 });
    },
  );

  test.for([Infinity, 2 ** 31, 2 ** 40])(
    "lasts until the release with timeoutMs %d",
    async (timeoutMs) => {
      const scene = new Scene(kind);
      const [one, two] = [scene.open(1), scene.open(2)];
      const guard = one.acquireSync({ timeoutMs });
      const waiting = two.acquire({ timeoutMs });
      expect(await isSettled(waiting)).toBe(false);
      guard.release();
      (await waiting).release();
    },
  );

  test("ends with the signal's own reason, and does not leave a waiter behind", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    const reason = { why: "changed my mind" };
    await expect(two.acquire({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const abort = new AbortController();
    const waiting = two.acquire({ signal: abort.signal });
    expect(one.query().waiters).toBe(1);
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(one.query().waiters).toBe(0);
    guard.release();
    two.acquireSync({ timeoutMs: 0 }).release();
  });

  test("is not ended by a signal that aborts after the grant", async () => {
    const mutex = new Scene(kind).open(1);
    const abort = new AbortController();
    const guard = await mutex.acquire({ signal: abort.signal });
    abort.abort();
    expect(mutex.query().held).toBe(true);
    guard.release();
  });

  test("is granted in order of arrival to those of one thread", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    const order: number[] = [];
    const all = [1, 2, 3].map(async (place) => {
      const held = await two.acquire();
      order.push(place);
      held.release();
    });
    guard.release();
    await Promise.all(all);
    expect(order).toEqual([1, 2, 3]);
  });

  test("goes on for the others when one of them gives up just as the lock is freed", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    const abort = new AbortController();
    const first = two.acquire({ signal: abort.signal });
    const second = two.acquire();
    guard.release();
    abort.abort();
    await Promise.allSettled([first.then((held) => held.release())]);
    (await second).release();
    expect(one.query()).toMatchObject({ held: false, waiters: 0 });
  });

  test("would be waiting for itself where this thread holds it, through whichever opening: LOCK_DEADLOCK", () => {
    const scene = new Scene(kind);
    const [mutex, again] = [scene.open(1), scene.open(1)];
    const guard = mutex.acquireSync();
    for (const one of [mutex, again]) {
      expect(() => one.acquireSync()).toThrow(withCode("LOCK_DEADLOCK"));
      expect(() => one.acquireSync({ timeoutMs: 60_000 })).toThrow(withCode("LOCK_DEADLOCK"));
    }
    expect(mutex.query().waiters).toBe(0);
    guard.release();
    again.acquireSync().release();
  });

  test("is no deadlock for acquire, which goes on when this thread releases", async () => {
    const mutex = new Scene(kind).open(1);
    const guard = mutex.acquireSync();
    const waiting = mutex.acquire();
    expect(await isSettled(waiting)).toBe(false);
    guard.release();
    (await waiting).release();
  });
});

describe.for(kinds)("closing a %s mutex", (kind) => {
  test("refuses what waits and what comes, in this thread only", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    const waiting = [two.acquire(), two.acquire({ timeoutMs: 60_000 })];
    two.close();
    two.close();
    for (const one of waiting) await expect(one).rejects.toEqual(withCode("LOCK_CLOSED"));
    await expect(two.acquire()).rejects.toEqual(withCode("LOCK_CLOSED"));
    expect(() => two.acquireSync()).toThrow(withCode("LOCK_CLOSED"));
    expect(() => two.tryAcquireSync()).toThrow(withCode("LOCK_CLOSED"));
    expect(one.query().waiters).toBe(0);
    guard.release();
    one.acquireSync().release();
  });

  test("lets a hold go on to its release, and then its slot is free", () => {
    const scene = new Scene(kind, { maxContenders: 2 });
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    one.close();
    expect(two.tryAcquireSync()).toBeUndefined();
    expect(() => scene.open(3)).toThrow(withCode("QUEUE_FULL"));
    guard.release();
    scene.open(3).acquireSync({ timeoutMs: 0 }).release();
  });
});
