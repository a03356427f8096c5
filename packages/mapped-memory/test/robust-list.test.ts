import { readdirSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { MappedMutex, openMappedMutex } from "../src/index.ts";
import { currentPlatform } from "../src/platform/current-platform.ts";
import { MAX_ENTRIES } from "../src/robust-list.ts";
import { scratchDirectory, scratchPath, startProgram } from "./kit.ts";

describe("The robust list", () => {
  test("is one for two copies of the package, and the C library's again after the last lock", async () => {
    const platform = currentPlatform();
    const before = platform.robustList();
    const path = scratchPath();
    const mutex = openMappedMutex(path);
    const own = platform.robustList();
    expect(own.head).not.toBe(before.head);
    vi.resetModules();
    const copy = await import("../src/index.ts");
    expect(copy.MappedMutex).not.toBe(MappedMutex);
    const other = copy.openMappedMutex(`${path}-2`);
    expect(platform.robustList()).toEqual(own);
    mutex.close();
    expect(platform.robustList()).toEqual(own);
    other.close();
    expect(platform.robustList()).toEqual(before);
  });

  test("holds as many locks as the kernel frees, and refuses one more", () => {
    const directory = scratchDirectory();
    const all: MappedMutex[] = [];
    const openNext = (): void => {
      all.push(openMappedMutex(`${directory}/${all.length}`, { maxContenders: 1 }));
    };
    for (let i = 0; i < MAX_ENTRIES; i++) openNext();
    expect(openNext).toThrow(expect.objectContaining({ code: "LOCK_LIMIT" }));
    all.pop()!.close();
    openNext();
    for (const mutex of all) mutex.close();
  });

  test.for([
    { name: "", count: MAX_ENTRIES, closes: false },
    { name: ", also where it has closed others before", count: 60, closes: true },
  ])("frees every one of the locks that a dead process has held$name", async (held) => {
    const directory = scratchDirectory();
    const args = [directory, `${held.count}`, `${held.closes}`];
    const { child, ended } = await startProgram("hold-many", args);
    child.kill("SIGKILL");
    await ended;
    for (let i = 0; i < held.count; i++) {
      const mutex = openMappedMutex(`${directory}/${i}`);
      const guard = mutex.tryAcquireSync();
      const wasHeld = !held.closes || i % 3 !== 0;
      expect(guard?.abandoned, `lock ${i}`).toBe(wasHeld);
      guard?.release();
      mutex.close();
    }
    expect(readdirSync(directory)).toHaveLength(held.count);
  });
});
