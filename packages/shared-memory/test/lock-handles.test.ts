import { afterEach, describe, expect, test } from "vitest";
import { createDirectMemory } from "../src/direct-memory.ts";
import { FifoMutex, FutexMutex } from "../src/index.ts";
import { fakePlatform } from "./fake-platform.ts";
import { closeScenes, kinds, type Mutex, Scene, withCode } from "./lock-scene.ts";

afterEach(closeScenes);

describe.for(kinds)("the handle of a %s mutex", (kind) => {
  const open = (handle: unknown): Mutex => {
    const platform = fakePlatform(1);
    return kind === "futex"
      ? new FutexMutex(handle as Mutex["handle"], platform)
      : new FifoMutex(handle as Mutex["handle"], platform);
  };
  const { handle } = new Scene(kind);
  const other = new Scene(kind === "futex" ? "fifo" : "futex");

  test("opens the same mutex after a structured clone", () => {
    const scene = new Scene(kind);
    const guard = scene.open(1).acquireSync();
    // structuredClone of a SharedArrayBuffer shares its memory, as workerData and postMessage do.
    expect(open(structuredClone(scene.handle)).tryAcquireSync()).toBeUndefined();
    guard.release();
  });

  test.for([
    { what: "nothing", handle: undefined },
    { what: "null", handle: null },
    { what: "no object", handle: "handle" },
    { what: "one of another kind", handle: other.handle },
    { what: "one that only says it is of this kind", handle: { ...other.handle, kind } },
    { what: "one of another module", handle: { ...handle, module: "other" } },
    { what: "one of another version", handle: { ...handle, version: 2 } },
    { what: "one that came as JSON", handle: JSON.parse(JSON.stringify(handle)) as unknown },
    { what: "memory that is not shared", handle: { ...handle, data: new ArrayBuffer(4_096) } },
    { what: "memory that is too small", handle: { ...handle, data: new SharedArrayBuffer(8) } },
    { what: "memory of odd length", handle: { ...handle, data: new SharedArrayBuffer(4_097) } },
    { what: "foreign memory", handle: { ...handle, data: new SharedArrayBuffer(4_096) } },
  ])("is refused where it is $what", ({ handle }) => {
    expect(() => open(handle)).toThrow(withCode("HANDLE_INVALID"));
  });

  test("is refused where WebAssembly's memory is that of something else", () => {
    const { memory } = createDirectMemory(4_096, true)!;
    expect(() => open({ ...handle, data: memory })).toThrow(withCode("HANDLE_INVALID"));
    const alone = createDirectMemory(4_096, false)!;
    expect(() => open({ ...handle, data: alone.memory })).toThrow(withCode("HANDLE_INVALID"));
  });

  test("is refused where the memory has another layout", () => {
    const scene = new Scene(kind);
    new Int32Array(scene.handle.data as SharedArrayBuffer)[2] = 99;
    expect(() => open(scene.handle)).toThrow(withCode("HANDLE_INVALID"));
  });
});
