import { describe, expect, test } from "vitest";
import { createBarrier } from "../src/index.ts";
import { type End, LIMIT_MS } from "./act.ts";
import { TestWorker } from "./worker-kit.ts";

const broken = { code: "BARRIER_BROKEN" };

describe("a barrier between threads", () => {
  test("lets nobody go before all have come, meeting after meeting, blocking and awaiting", async () => {
    const barrier = createBarrier({ parties: 3 });
    const come = new SharedArrayBuffer(4);
    const times = 200;
    const workers = [1, 2].map(
      () => new TestWorker({ act: "meet", barrier: barrier.handle, times, come, end: "close" }),
    );
    const arrivals = new Int32Array(come);
    for (let time = 1; time <= times; time++) {
      Atomics.add(arrivals, 0, 1);
      if (time % 2 === 0) await barrier.wait({ timeoutMs: LIMIT_MS });
      else barrier.waitSync({ timeoutMs: LIMIT_MS });
      expect(Atomics.load(arrivals, 0)).toBeGreaterThanOrEqual(3 * time);
    }
    for (const worker of workers) expect(await worker.said()).toBe("met");
    expect(barrier.broken).toBe(false);
  });

  test("breaks for those who block on it when somebody's time is over", async () => {
    const barrier = createBarrier({ parties: 3 });
    const come = new SharedArrayBuffer(4);
    const worker = new TestWorker({
      act: "meet",
      barrier: barrier.handle,
      times: 1,
      come,
      end: "close",
    });
    await expect(barrier.wait({ timeoutMs: 30 })).rejects.toMatchObject(broken);
    expect(await worker.said()).toEqual({ refused: "BARRIER_BROKEN" });
    expect(() => barrier.waitSync()).toThrow(expect.objectContaining(broken));
  });

  test.for(["process.exit", "throw", "return"] satisfies End[])(
    "breaks for a parent that blocks on it when a party it does not watch ends by %s",
    async (end) => {
      const barrier = createBarrier({ parties: 2 });
      const come = new SharedArrayBuffer(4);
      const party = new TestWorker({ act: "meet", barrier: barrier.handle, times: 1, come, end });
      Atomics.add(new Int32Array(come), 0, 1);
      barrier.waitSync({ timeoutMs: LIMIT_MS });
      // The party ends after this meeting, and will never come to the next.
      expect(() => barrier.waitSync({ timeoutMs: LIMIT_MS })).toThrow(
        expect.objectContaining({ message: expect.stringContaining("given up or died") }),
      );
      await party.exited;
    },
  );

  test("breaks at once for one who awaits when a watched party is terminated", async () => {
    const barrier = createBarrier({ parties: 3 });
    const come = new SharedArrayBuffer(4);
    const party = new TestWorker({
      act: "meet",
      barrier: barrier.handle,
      times: 1,
      come,
      end: "close",
    });
    barrier.watch(party.worker);
    const wait = barrier.wait({ timeoutMs: LIMIT_MS });
    while (Atomics.load(new Int32Array(come), 0) === 0)
      await new Promise((resolve) => setImmediate(resolve));
    void party.worker.terminate();
    await expect(wait).rejects.toMatchObject({ message: expect.stringContaining("died") });
  });

  test("does not break when a party closes it and then ends", async () => {
    const barrier = createBarrier({ parties: 2 });
    const come = new SharedArrayBuffer(4);
    const party = new TestWorker({
      act: "meet",
      barrier: barrier.handle,
      times: 1,
      come,
      end: "close",
    });
    barrier.watch(party.worker);
    Atomics.add(new Int32Array(come), 0, 1);
    await barrier.wait({ timeoutMs: LIMIT_MS });
    expect(await party.said()).toBe("met");
    await party.exited;
    expect(barrier.broken).toBe(false);
  });
});
