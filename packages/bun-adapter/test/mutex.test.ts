import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openStateDirectory } from "@ticketlock/mapped-memory/state";
import { describe, expect, expectTypeOf, onTestFinished, test } from "vitest";
import { createMutex, type Mutex, openMutex, type ThreadMutex } from "../src/index.ts";
import type { MappedMutex } from "@ticketlock/mapped-memory";

function testState(): string {
  const parent = mkdtempSync("/dev/shm/ticketlock-test-");
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return openStateDirectory(join(parent, "state"));
}

describe("createMutex and openMutex", () => {
  test("give mutexes between threads at once, and open them by their handles", () => {
    for (const options of [undefined, {}, { kind: "futex" }, { kind: "fifo" }] as const) {
      const mutex = createMutex(options);
      const same = openMutex(mutex.handle);
      expectTypeOf(same).toEqualTypeOf<ThreadMutex>();
      const guard = mutex.acquireSync();
      expect(same.tryAcquire()).toBe(undefined);
      guard.release();
      mutex.close();
      same.close();
    }
  });

  test("promise mutexes between processes, by handle with the kind", async () => {
    const stateDirectory = testState();
    const mutex = await createMutex({ kind: "mapped", stateDirectory });
    const same = await openMutex(mutex.handle, { kind: "mapped" });
    expectTypeOf(same).toEqualTypeOf<MappedMutex>();
    const guard = mutex.acquireSync();
    expect(same.tryAcquire()).toBe(undefined);
    guard.release();
    expect(() => openMutex(mutex.handle)).toThrow(
      expect.objectContaining({
        code: "HANDLE_INVALID",
        message: expect.stringContaining('await openMutex(handle, { kind: "mapped" })') as unknown,
      }) as Error,
    );
    mutex.close();
    same.close();
  });

  test("promise mutexes by name, with and without the kind", async () => {
    const stateDirectory = testState();
    const mutex = await openMutex("orders", { kind: "mapped", stateDirectory });
    expectTypeOf(mutex).toEqualTypeOf<MappedMutex>();
    const same = await openMutex("orders", { stateDirectory });
    expectTypeOf(same).toEqualTypeOf<Mutex>();
    const guard = mutex.acquireSync();
    expect(await same.tryAcquire()).toBe(undefined);
    guard.release();
    mutex.close();
    await same.close();
  });

  test("refuse what there is not, and record nothing", async () => {
    const stateDirectory = testState();
    const { handle } = createMutex();
    const refused = [
      [openMutex("orders", { kind: "sqlite" as "mapped", stateDirectory }), "LOCK_UNSUPPORTED"],
      [openMutex("orders", { kind: "futex" as "mapped", stateDirectory }), "LOCK_UNSUPPORTED"],
      [createMutex({ kind: "sqlite" as "mapped" }), "LOCK_UNSUPPORTED"],
      [openMutex(handle, { kind: "mapped" }), "LOCK_UNSUPPORTED"],
      [openMutex("no name", { stateDirectory }), "NAME_INVALID"],
      [openMutex(undefined as unknown as string), "NAME_INVALID"],
    ] as const;
    for (const [promise, code] of refused) await expect(promise).rejects.toMatchObject({ code });
    expect(() => openMutex({ ...handle, module: "other" })).toThrow(
      expect.objectContaining({ code: "HANDLE_INVALID" }) as Error,
    );
    expect(readdirSync(stateDirectory)).toEqual([]);
  });
});
