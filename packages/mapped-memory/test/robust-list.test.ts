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

  test("frees every one of the locks that a dead process has held", async () => {
    const directory = scratchDirectory();
    const { child, ended } = await startProgram("hold-many", [directory, `${MAX_ENTRIES}`]);
    child.kill("SIGKILL");
    await ended;
    for (const name of readdirSync(directory)) {
      const mutex = openMappedMutex(`${directory}/${name}`);
      const guard = mutex.tryAcquireSync();
      expect(guard?.abandoned).toBe(true);
      guard?.release();
      mutex.close();
    }
    expect(readdirSync(directory)).toHaveLength(MAX_ENTRIES);
  });
});
