import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { clusterBroker } from "../src/cluster-broker.ts";
import { createMutex, openMutex } from "../src/index.ts";
import { testState } from "./session-kit.ts";

describe("createMutex and openMutex of kind ipc in the primary", () => {
  it("excludes, in order of arrival, between all who opened the name", async () => {
    const options = { kind: "ipc", stateDirectory: testState() } as const;
    const [first, second] = [
      await openMutex("orders", options),
      await openMutex("orders", options),
    ];
    const guard = await first.acquire();
    expect(await second.tryAcquire()).toBeUndefined();
    const order: number[] = [];
    const others = [second, first, second].map((mutex, i) =>
      mutex.runExclusive(() => void order.push(i)),
    );
    expect(await first.query()).toEqual({
      held: true,
      holder: { id: process.pid },
      token: 1,
      waiters: 3,
      abandoned: false,
    });
    guard.release();
    await Promise.all(others);
    expect(order).toEqual([0, 1, 2]);
    first.close();
    second.close();
    await expect(second.query()).rejects.toMatchObject({ code: "LOCK_CLOSED" });
  });

  it("opens a mutex from its handle, as JSON", async () => {
    const mutex = await createMutex({ kind: "ipc", tokensAbove: 9 });
    const same = await openMutex(JSON.parse(JSON.stringify(mutex.handle)));
    const guard = await same.acquire();
    expect(guard.token).toBe(10);
    expect(await mutex.tryAcquire()).toBeUndefined();
    guard.release();
    mutex.close();
    same.close();
  });

  it("bounds the waiters, and counts none that gave up", async () => {
    const mutex = await createMutex({ kind: "ipc", maxContenders: 2 });
    const guard = await mutex.acquire();
    const gaveUp = mutex.acquire({ timeoutMs: 1 });
    await expect(gaveUp).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
    const waiting = [mutex.acquire(), mutex.acquire()];
    await expect(mutex.acquire()).rejects.toMatchObject({ code: "QUEUE_FULL" });
    guard.release();
    for (const one of waiting) (await one).release();
    mutex.close();
  });

  it("refuses ten thousand waiters with QUEUE_FULL and loses none that it took", async () => {
    const mutex = await createMutex({ kind: "ipc" });
    const guard = await mutex.acquire();
    const all = Array.from({ length: 10_000 }, () =>
      mutex.runExclusive(() => "ran").catch((error: { code: string }) => error.code),
    );
    guard.release();
    const outcomes = await Promise.all(all);
    expect(new Set(outcomes)).toEqual(new Set(["ran", "QUEUE_FULL"]));
    expect(outcomes.filter((outcome) => outcome === "ran")).toHaveLength(4_096);
    mutex.close();
  });

  it("leaves nothing in the broker", async () => {
    await new Promise((resolve) => setImmediate(resolve)); // a closing is a message, too
    expect(clusterBroker().lockCount).toBe(0);
  });

  it.each([
    { tokensAbove: -1 },
    { tokensAbove: 2 ** 53 },
    { maxContenders: 0 },
    { maxContenders: 1e9 },
  ])("refuses the options %j", async (options) => {
    await expect(createMutex({ kind: "ipc", ...options })).rejects.toThrow(RangeError);
  });

  it("refuses a handle of another cluster, and one whose lock is gone", async () => {
    const mutex = await createMutex({ kind: "ipc" });
    const { handle } = mutex;
    const elsewhere = { ...handle, data: { ...(handle.data as object), primary: 1 } };
    await expect(openMutex(elsewhere)).rejects.toMatchObject({
      code: "LOCK_UNSUPPORTED",
      message: expect.stringContaining("process 1"),
    });
    await expect(
      openMutex({ ...handle, data: { key: "#", directory: "", primary: process.pid } }),
    ).rejects.toMatchObject({ code: "HANDLE_INVALID" });
    await expect(openMutex({ ...handle, version: 1 })).rejects.toMatchObject({
      code: "HANDLE_INVALID",
    });
    mutex.close();
    await expect(openMutex(handle)).rejects.toMatchObject({ code: "LOCK_LOST" });
  });

  it("says so in a worker thread, where there is no broker", async () => {
    const source = `import(${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)}).then(({ createMutex }) => createMutex({ kind: "ipc" }))
      .catch((error) => require("node:worker_threads").parentPort.postMessage(error.code + " " + error.message));`;
    const worker = new Worker(source, { eval: true, execArgv: [], env: {} });
    const message = await new Promise((resolve) => worker.once("message", resolve));
    expect(message).toMatch(/^LOCK_UNSUPPORTED .*main thread.*shared memory/);
  });
});
