import type { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { createMutex, type MutexKind, openMutex } from "../src/index.ts";
import { type Act, type End, LIMIT_MS } from "./act.ts";
import { TestWorker, untilState } from "./worker-kit.ts";

const kinds: readonly MutexKind[] = ["futex", "fifo"];

/** More than a thread takes to die and a waiter to look, on a machine with other things to do. */
const SOON_MS = 2_000;

describe.for(kinds)("a %s mutex", (kind) => {
  test("loses no update between workers that block, that await, that do both, and their parent", async () => {
    const mutex = createMutex({ kind });
    const counter = new SharedArrayBuffer(4);
    const rounds = 1_500;
    const ways = ["sync", "async", "mixed"] as const;
    const workers = ways.map(
      (way) => new TestWorker({ act: "count", mutex: mutex.handle, counter, rounds, way }),
    );
    const words = new Int32Array(counter);
    for (let round = 0; round < rounds; round++) {
      const guard = await mutex.acquire();
      words[0] = words[0]! + 1;
      guard.release();
    }
    expect(await Promise.all(workers.map(({ exited }) => exited))).toEqual([0, 0, 0]);
    expect(words[0]).toBe(4 * rounds);
    expect(mutex.query()).toMatchObject({ held: false, token: 4 * rounds, waiters: 0 });
    expect(mutex.rescues).toBe(0);
  });

  test.for(["process.exit", "throw", "return"] satisfies End[])(
    "comes abandoned to a parent that blocks on it while a worker it does not watch ends by %s",
    async (end) => {
      const mutex = createMutex({ kind });
      const holder = new TestWorker({ act: "hold until", mutex: mutex.handle, waiters: 1, end });
      expect(await holder.said()).toBe("holding");
      const startMs = performance.now();
      const guard = mutex.acquireSync({ timeoutMs: LIMIT_MS });
      expect(performance.now() - startMs).toBeLessThan(SOON_MS);
      expect(guard.abandoned).toBe(true);
      expect(mutex.rescues).toBe(1);
      guard.markConsistent();
      guard.release();
      const next = mutex.acquireSync({ timeoutMs: 0 });
      expect(next.abandoned).toBe(false);
      expect(next.token).toBeGreaterThan(guard.token);
      next.release();
    },
  );

  test("comes abandoned to a parent that blocks on it while another worker terminates the holder", async () => {
    const mutex = createMutex({ kind });
    const held: Act = { act: "hold until", mutex: mutex.handle, waiters: 1_000, end: "sleep" };
    const starter = new TestWorker({ act: "start and terminate", held, mutex: mutex.handle });
    expect(await starter.said()).toBe("holding");
    const guard = mutex.acquireSync({ timeoutMs: LIMIT_MS });
    expect(guard.abandoned).toBe(true);
    guard.release();
  });

  test("comes abandoned, without anybody having to look, when a watched worker is terminated", async () => {
    const mutex = createMutex({ kind });
    const holder = new TestWorker({
      act: "hold until",
      mutex: mutex.handle,
      waiters: 9,
      end: "sleep",
    });
    mutex.watch(holder.worker);
    expect(await holder.said()).toBe("holding");
    expect(mutex.query().holder?.id).toBe(holder.worker.threadId);
    await holder.worker.terminate();
    const guard = mutex.tryAcquireSync();
    expect(guard?.abandoned).toBe(true);
    expect(mutex.rescues).toBe(0);
    guard?.release();
  });

  test.for(["sync", "async"] as const)(
    "passes over a waiter that was terminated, waiting %s",
    async (way) => {
      const mutex = createMutex({ kind });
      const guard = mutex.acquireSync();
      const start = async (waiters: number): Promise<TestWorker> => {
        const worker = new TestWorker({ act: "take once", mutex: mutex.handle, way });
        mutex.watch(worker.worker);
        expect(await worker.said()).toBe("waiting");
        await untilState(mutex, (state) => state.waiters === waiters);
        return worker;
      };
      const [victim, other] = [await start(1), await start(2)];
      await victim.worker.terminate();
      await untilState(mutex, (state) => state.waiters === 1);
      guard.release();
      expect(await other.said()).toEqual({ granted: true, abandoned: false });
      await other.exited;
      expect(mutex.query()).toMatchObject({ held: false, waiters: 0, abandoned: false });
      expect(mutex.rescues).toBe(0);
    },
  );

  test("is granted to every waiter when one after the other dies at the moment of a release", async () => {
    const mutex = createMutex({ kind });
    for (let victim = 0; victim < 4; victim++) {
      const guard = mutex.acquireSync({ timeoutMs: LIMIT_MS });
      guard.markConsistent();
      const waiters = ["sync", "sync", "async"] as const;
      const workers = waiters.map((way) => {
        const worker = new TestWorker({ act: "take once", mutex: mutex.handle, way });
        mutex.watch(worker.worker);
        return worker;
      });
      await untilState(mutex, (state) => state.waiters === waiters.length);
      const dead = workers[victim % workers.length]!;
      const death = dead.worker.terminate();
      guard.release();
      await death;
      for (const worker of workers) {
        if (worker === dead) continue;
        expect(await worker.said()).toBe("waiting");
        expect(await worker.said()).toMatchObject({ granted: true });
        await worker.exited;
      }
    }
    // A waiter's look may find a death before this thread hears of it: rescues are not counted here.
    await untilState(mutex, (state) => !state.held && state.waiters === 0);
  });

  test("has its slots used again by workers that open it at the same time and never close it", async () => {
    const mutex = createMutex({ kind, maxContenders: 8 });
    const counter = new SharedArrayBuffer(4);
    for (let batch = 1; batch <= 5; batch++) {
      const act: Act = { act: "count", mutex: mutex.handle, counter, rounds: 2, way: "mixed" };
      const workers = Array.from({ length: 6 }, () => new TestWorker(act));
      expect(await Promise.all(workers.map(({ exited }) => exited))).toEqual([0, 0, 0, 0, 0, 0]);
      expect(new Int32Array(counter)[0]).toBe(batch * 12);
    }
    expect(mutex.query()).toMatchObject({ held: false, abandoned: false, waiters: 0 });
  });

  test("has room for more contenders in all than it has slots, as long as they do not live at once", async () => {
    const mutex = createMutex({ kind });
    for (let batch = 0; batch < 4; batch++) {
      const act: Act = { act: "open often", mutex: mutex.handle, openings: 120 };
      const workers = [new TestWorker(act), new TestWorker(act)];
      expect(await Promise.all(workers.map(({ exited }) => exited))).toEqual([0, 0]);
    }
    expect(mutex.query()).toMatchObject({ held: false, token: 4 * 2 * 120 });
  });

  test("is opened as it was made, from a handle that was cloned", () => {
    const mutex = createMutex({ kind, tokensAbove: 41 });
    const opened = openMutex(mutex.handle);
    const guard = mutex.acquireSync();
    expect(guard.token).toBe(42);
    expect(opened.tryAcquireSync()).toBeUndefined();
    expect(() => opened.acquireSync()).toThrow(expect.objectContaining({ code: "LOCK_DEADLOCK" }));
    guard.release();
    expect(opened.tryAcquireSync()?.token).toBe(43);
  });

  test("watches nothing but a worker that lives", async () => {
    const mutex = createMutex({ kind });
    const other = new TestWorker({ act: "take once", mutex: mutex.handle, way: "sync" });
    await other.exited;
    for (const worker of [undefined, null, {}, { threadId: 1 }, "worker", other.worker])
      expect(() => mutex.watch(worker as Worker)).toThrow(TypeError);
  });
});

describe("createMutex", () => {
  test("refuses an unknown kind, and names the known ones", () => {
    for (const kind of ["", "Futex", "constructor", null]) {
      const options = { kind } as unknown as { kind: MutexKind };
      const refused = expect.objectContaining({
        code: "LOCK_UNSUPPORTED",
        message: expect.stringContaining("futex and fifo"),
      });
      expect(() => createMutex(options)).toThrow(refused);
    }
  });

  test.for([
    { tokensAbove: -1 },
    { tokensAbove: 2 ** 53 },
    { maxContenders: 0 },
    { maxContenders: 1_023 },
    { kind: "fifo" as const, maxWaiters: 0 },
    { kind: "fifo" as const, maxWaiters: 65_537 },
  ])("refuses impossible numbers: %o", (options) => {
    expect(() => createMutex(options)).toThrow(RangeError);
  });
});

describe("openMutex", () => {
  test.for([
    undefined,
    null,
    "futex",
    {},
    { module: "m", kind: "futex", version: 1, data: {} },
    { module: "m", kind: "barrier", version: 1, data: new SharedArrayBuffer(1_024) },
  ])("refuses %o", (handle) => {
    const open = (): unknown => openMutex(handle as never);
    expect(open).toThrow(expect.objectContaining({ code: "HANDLE_INVALID" }));
  });
});
