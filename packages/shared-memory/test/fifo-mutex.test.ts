import { afterEach, describe, expect, test } from "vitest";
import { closeScenes, Scene, withCode } from "./lock-scene.ts";

afterEach(closeScenes);

describe("a fifo mutex", () => {
  test("is granted in order of arrival, over threads, and passes over who gave up or died", async () => {
    const scene = new Scene("fifo");
    const threads = [1, 2, 3, 4, 5].map((id) => scene.open(id));
    const guard = threads[0]!.acquireSync();
    const order: number[] = [];
    const abort = new AbortController();
    const wait = async (place: number, thread: number, signal?: AbortSignal): Promise<void> => {
      const held = await threads[thread]!.acquire(signal === undefined ? {} : { signal });
      order.push(place);
      held.release();
    };
    const all = [
      wait(1, 1),
      wait(2, 2, abort.signal),
      wait(3, 3),
      wait(4, 1),
      wait(5, 4).catch(() => {}),
      wait(6, 3),
    ];
    threads[0]!.recover(5);
    abort.abort("gave up");
    guard.release();
    expect(
      (await Promise.allSettled(all.filter((_, i) => i !== 4))).map(({ status }) => status),
    ).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled", "fulfilled"]);
    expect(order).toEqual([1, 3, 4, 6]);
  });

  test("refuses, with LOCK_LOST, those who wait in a thread that was taken for dead", async () => {
    const scene = new Scene("fifo");
    const [one, two, three] = [scene.open(1), scene.open(2), scene.open(3)];
    const guard = one.acquireSync();
    const lost = two.acquire();
    const waiting = three.acquire();
    one.recover(2);
    await expect(lost).rejects.toEqual(withCode("LOCK_LOST"));
    guard.release();
    const next = await waiting;
    expect(next.abandoned).toBe(false);
    next.release();
    expect(one.query()).toMatchObject({ held: false, waiters: 0 });
  });

  test("does not let a thread block behind an acquisition of its own: LOCK_DEADLOCK", async () => {
    const scene = new Scene("fifo");
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    const waiting = two.acquire();
    expect(() => two.acquireSync()).toThrow(withCode("LOCK_DEADLOCK"));
    guard.release();
    (await waiting).release();
  });

  test("has room for maxWaiters, and says QUEUE_FULL to one more until somebody has gone", async () => {
    const scene = new Scene("fifo", { maxWaiters: 3 });
    const [one, two, three] = [scene.open(1), scene.open(2), scene.open(3)];
    const guard = one.acquireSync();
    const waiting = [two.acquire(), two.acquire(), two.acquire()];
    await expect(two.acquire()).rejects.toEqual(withCode("QUEUE_FULL"));
    expect(() => three.acquireSync({ timeoutMs: 1_000 })).toThrow(withCode("QUEUE_FULL"));
    expect(one.query().waiters).toBe(3);
    guard.release();
    for (const one of waiting) (await one).release();
    three.acquireSync({ timeoutMs: 0 }).release();
    expect(one.query()).toMatchObject({ held: false, waiters: 0 });
  });

  test("serves many laps of its ring", () => {
    const scene = new Scene("fifo", { maxWaiters: 1 });
    const [one, two] = [scene.open(1), scene.open(2)];
    for (let lap = 0; lap < 1_000; lap++) {
      one.acquireSync({ timeoutMs: 0 }).release();
      two.acquireSync({ timeoutMs: 0 }).release();
    }
    expect(one.query().token).toBe(2_000);
  });
});
