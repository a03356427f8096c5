import { existsSync, renameSync, rmSync } from "node:fs";
import type { Worker } from "node:worker_threads";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { mappedLocks, type MappedMutex, openMappedMutex } from "../src/index.ts";
import { scratchDirectory, scratchPath, startProcess, startThread, until } from "./kit.ts";

function open(path = scratchPath(), options = {}): MappedMutex {
  const mutex = openMappedMutex(path, options);
  onTestFinished(() => mutex.close());
  return mutex;
}

describe("MappedMutex", () => {
  test("excludes other openings, of this thread and of other processes", async () => {
    const mutex = open();
    const { path } = mutex.handle.data;
    const guard = mutex.acquireSync();
    expect(open(path).tryAcquireSync()).toBeUndefined();
    const other = await startProcess(path);
    await expect(other.ask("acquireSync", { timeoutMs: 0 })).rejects.toThrow("LOCK_TIMEOUT");
    guard.release();
    expect(await other.ask("acquireSync", { timeoutMs: 0 })).toMatchObject({ token: 2 });
    expect(mutex.query()).toMatchObject({ held: true, holder: { id: other.id } });
    await other.ask("release");
  });

  test("refuses to block a thread that holds it, through whichever opening", () => {
    const mutex = open();
    const guard = mutex.acquireSync();
    const code = expect.objectContaining({ code: "LOCK_DEADLOCK" });
    expect(() => mutex.acquireSync()).toThrow(code);
    expect(() => open(mutex.handle.data.path).acquireSync()).toThrow(code);
    guard.release();
  });

  test("is refused to options that close it while they are read", async () => {
    const acquirings = [
      async (mutex: MappedMutex, options: object) => mutex.acquireSync(options),
      async (mutex: MappedMutex, options: object) => mutex.acquire(options),
    ];
    for (const acquire of acquirings) {
      const mutex = open();
      const closing = {
        get timeoutMs(): number {
          mutex.close();
          return 10;
        },
      };
      await expect(acquire(mutex, closing)).rejects.toMatchObject({ code: "LOCK_CLOSED" });
    }
  });

  test("ends a wait when its time is over or its signal aborts, and counts the waiter no more", async () => {
    const mutex = open();
    const guard = mutex.acquireSync();
    await expect(mutex.acquire({ timeoutMs: 20 })).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
    const called = new AbortController();
    const pending = mutex.acquire({ signal: called.signal });
    expect(mutex.query().waiters).toBe(1);
    called.abort(new Error("no more"));
    await expect(pending).rejects.toThrow("no more");
    const thread = await startThread(mutex.handle.data.path);
    await expect(thread.ask("acquireSync", { timeoutMs: 150 })).rejects.toThrow("LOCK_TIMEOUT");
    expect(mutex.query().waiters).toBe(0);
    guard.release();
  });

  test("grants 10 000 acquisitions of one opening in order, and loses none", async () => {
    const mutex = open();
    const guard = mutex.acquireSync();
    const order: number[] = [];
    const all = Array.from({ length: 10_000 }, async (_, i) => {
      const granted = await mutex.acquire();
      order.push(i);
      granted.release();
    });
    expect(mutex.query().waiters).toBe(10_000);
    guard.release();
    await Promise.all(all);
    expect(order).toEqual(all.keys().toArray());
    expect(mutex.query()).toMatchObject({ waiters: 0, held: false });
  });

  test("refuses what there is no room for", async () => {
    const mutex = open();
    const guard = mutex.acquireSync();
    const all = Array.from({ length: 32_768 }, () => mutex.acquire());
    const codes = Promise.allSettled(all);
    await expect(mutex.acquire()).rejects.toMatchObject({ code: "QUEUE_FULL" });
    mutex.close();
    for (const end of await codes) expect(end).toMatchObject({ reason: { code: "LOCK_CLOSED" } });
    guard.release();
    const path = scratchPath();
    open(path, { maxContenders: 2 });
    open(path);
    expect(() => open(path)).toThrow(expect.objectContaining({ code: "QUEUE_FULL" }));
  });

  test("gives a dead thread's place to a newcomer", async () => {
    const mutex = open(scratchPath(), { maxContenders: 2 });
    const thread = await startThread(mutex.handle.data.path);
    await thread.kill();
    await until("the place is free", () => {
      try {
        openMappedMutex(mutex.handle.data.path).close();
        return true;
      } catch {
        return false; // the kernel's thread ends a little after the worker
      }
    });
  });

  test("waits for more locks at once than one helper can watch", async () => {
    const directory = scratchDirectory();
    const mutexes = Array.from({ length: 150 }, (_, i) => open(`${directory}/${i}`));
    const guards = mutexes.map((mutex) => mutex.acquireSync());
    const pending = mutexes.map((mutex) => mutex.acquire());
    for (const guard of guards) guard.release();
    for (const granted of await Promise.all(pending)) granted.release();
    const again = mutexes.map((mutex) => mutex.acquire());
    for (const granted of await Promise.all(again)) granted.release();
  });

  test("is granted also when its helper ends", async () => {
    const helpers: Worker[] = [];
    const notice = (worker: Worker): void => void helpers.push(worker);
    process.on("worker", notice);
    onTestFinished(() => void process.off("worker", notice));
    // A copy of the package, whose helper is its own.
    vi.resetModules();
    const { openMappedMutex: openCopy } = await import("../src/index.ts");
    const mutex = openCopy(scratchPath());
    const first = mutex.acquireSync();
    const second = mutex.acquire();
    await until("the helper is there", () => helpers.length === 1);
    await helpers[0]!.terminate();
    first.release();
    const guard = await second;
    const third = mutex.acquire();
    guard.release();
    (await third).release();
    mutex.close();
  });

  test("keeps a guard that is held good after close, and unmaps after its release", () => {
    const mutex = openMappedMutex(scratchPath());
    const guard = mutex.acquireSync();
    mutex.close();
    expect(() => mutex.tryAcquireSync()).toThrow(expect.objectContaining({ code: "LOCK_CLOSED" }));
    expect(mutex.query().held).toBe(true);
    guard.release();
    expect(() => mutex.query()).toThrow(expect.objectContaining({ code: "LOCK_CLOSED" }));
    const other = open(mutex.handle.data.path);
    other.acquireSync().release();
  });

  test("raises tokens above a floor, also of a lock that is there, and above 32 bits", () => {
    const mutex = open(scratchPath(), { tokensAbove: 2 ** 32 - 2 });
    const tokens = [1, 2, 3].map(() => {
      const guard = mutex.acquireSync();
      guard.release();
      return guard.token;
    });
    expect(tokens).toEqual([2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1]);
    const later = open(mutex.handle.data.path, { tokensAbove: 2 ** 40 });
    const guard = later.acquireSync();
    expect(guard.token).toBe(2 ** 40 + 1);
    guard.release();
    const back = mutex.acquireSync();
    expect(back.token).toBe(2 ** 40 + 2);
    back.release();
  });

  test.for(["removed", "replaced"])("tells its waiters when its file is %s", async (how) => {
    const mutex = open();
    const { path } = mutex.handle.data;
    const guard = mutex.acquireSync();
    const thread = await startThread(path);
    const waits = [mutex.acquire(), thread.ask("acquireSync")].map((wait) =>
      wait.then(
        () => "granted",
        (error: Error & { code?: string }) => error.code ?? error.message,
      ),
    );
    await until("both wait", () => mutex.query().waiters === 2);
    if (how === "removed") rmSync(path);
    else {
      const other = open(`${path}.new`);
      renameSync(`${path}.new`, path);
      other.close();
    }
    expect(await Promise.all(waits)).toEqual(["LOCK_LOST", "LOCK_LOST"]);
    guard.release();
  });
});

describe("mappedLocks", () => {
  test("lets the file go also when every wait was over before the helper looked", async () => {
    const mutex = mappedLocks.open(mappedLocks.create("mapped"));
    const guard = mutex.acquireSync();
    // The second time the helper is awake, and likely to find the wait over already.
    for (let i = 0; i < 2; i++) {
      const called = new AbortController();
      const pending = mutex.acquire({ signal: called.signal });
      called.abort(new Error("no more"));
      await expect(pending).rejects.toThrow("no more");
    }
    guard.release();
    mutex.close();
    await until("the file is gone", () => !existsSync(mutex.handle.data.path));
  });

  test("makes a lock whose file goes with its last user", () => {
    const mutex = mappedLocks.open(mappedLocks.create("mapped"));
    const { path } = mutex.handle.data;
    const other = mappedLocks.open(JSON.parse(JSON.stringify(mutex.handle)));
    mutex.close();
    expect(existsSync(path)).toBe(true);
    other.acquireSync().release();
    other.close();
    expect(existsSync(path)).toBe(false);
    const gone = expect.objectContaining({ code: "LOCK_LOST" });
    expect(() => mappedLocks.open(mutex.handle)).toThrow(gone);
  });

  test("keeps the file of a lock with a path", () => {
    const path = scratchPath();
    const handle = mappedLocks.create("mapped", { path });
    mappedLocks.open(handle).close();
    expect(existsSync(path)).toBe(true);
  });

  test.for([
    { data: { path: "relative", temporary: false } },
    { data: { path: "/dev/shm/a\0b", temporary: false } },
    { data: { path: 5, temporary: false } },
    { data: null },
    { version: 2 },
    { module: "@ticketlock/worker-threads" },
  ])("refuses the handle %j", (change) => {
    const { handle } = open();
    const invalid = expect.objectContaining({ code: "HANDLE_INVALID" });
    expect(() => mappedLocks.open({ ...handle, ...change })).toThrow(invalid);
  });

  test("refuses another kind and wrong options", () => {
    expect(() => mappedLocks.create("fifo")).toThrow(
      expect.objectContaining({ code: "LOCK_UNSUPPORTED" }),
    );
    expect(() => mappedLocks.create("mapped", { maxContenders: 0 })).toThrow(RangeError);
    expect(() => mappedLocks.create("mapped", { tokensAbove: -1 })).toThrow(RangeError);
  });
});
