import { spawnSync } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import { mappedSupport } from "../src/index.ts";
import type { MappedPlatform } from "../src/platform/mapped-platform.ts";
import { BunPlatform } from "../src/platform/bun-platform.ts";
import { currentPlatform } from "../src/platform/current-platform.ts";
import { testPlatform } from "../src/platform/self-test.ts";
import { scratchPath } from "./kit.ts";

/** What a Node with these flags says of opening a lock and waiting for it. */
function say(...flags: readonly string[]): readonly string[] {
  const program = new URL("./programs/open-and-say.ts", import.meta.url).pathname;
  const { stdout } = spawnSync(
    process.execPath,
    ["--no-warnings", ...flags, program, scratchPath()],
    { encoding: "utf8" },
  );
  return JSON.parse(stdout) as string[];
}

const files = ["--permission", "--allow-fs-read=*", "--allow-fs-write=/dev/shm"];

test("mappedSupport finds nothing against it here, and looks once", () => {
  expect(mappedSupport()).toBeUndefined();
  expect(currentPlatform()).toBe(currentPlatform());
});

test.for([
  { name: "FFI is switched off", flags: ["--no-experimental-ffi"] },
  { name: "FFI is not permitted", flags: files },
])("where $name, LOCK_UNSUPPORTED names what to use instead", ({ flags }) => {
  const [code, message] = say(...flags);
  expect(code).toBe("LOCK_UNSUPPORTED");
  expect(message).toMatch(/use a lock of kind "ipc" or "sqlite"/);
});

test("where workers are not permitted, only waiting without blocking is refused", () => {
  expect(say(...files, "--allow-ffi")).toEqual(["opened", "LOCK_UNSUPPORTED"]);
  expect(say(...files, "--allow-ffi", "--allow-worker")).toEqual(["opened", "LOCK_TIMEOUT"]);
});

test("a Bun that may hang is refused by its version", () => {
  const { versions } = process;
  onTestFinished(() => void Object.defineProperty(process, "versions", { value: versions }));
  Object.defineProperty(process, "versions", { value: { ...versions, bun: "1.3.14" } });
  expect(() => new BunPlatform()).toThrow("Bun 1.3.14 is too old");
  Object.defineProperty(process, "versions", { value: { ...versions, bun: "1.4.0" } });
  expect(() => new BunPlatform()).toThrow("no bun:ffi"); // this is Node
});

/** The platform with some of its calls replaced: a sandbox, an emulator, wrong numbers. */
function broken(change: Partial<MappedPlatform>): MappedPlatform {
  const platform = currentPlatform();
  return new Proxy(platform, {
    get(target, key) {
      const replaced = Reflect.get(change, key) as unknown;
      if (replaced !== undefined) return replaced;
      const value = Reflect.get(target, key) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

test.for<{ name: string; change: Partial<MappedPlatform>; says: RegExp }>([
  { name: "wakes nobody and says otherwise", change: { wake: () => 1 }, says: /wake/ },
  { name: "says that every wait was woken", change: { wait: () => true }, says: /wait/ },
  { name: "does not sleep", change: { wait: () => false }, says: /does not sleep/ },
  { name: "cannot wait for several", change: { waitAny: () => -1 }, says: /futex_waitv/ },
  { name: "clears no bit", change: { clearAndWakeAll: () => {} }, says: /clears a bit/ },
  { name: "keeps no robust list", change: { setRobustList: () => {} }, says: /robust list/ },
  { name: "has pages of no size", change: { pageBytes: 0 }, says: /page size/ },
])("the self-test refuses a system that $name", ({ change, says }) => {
  expect(() => testPlatform(broken(change))).toThrow(says);
  expect(() => testPlatform(currentPlatform())).not.toThrow();
});

test("the self-test accepts waits of which signals end some early", () => {
  const platform = currentPlatform();
  let early = 6;
  const interrupted: Partial<MappedPlatform> = {
    wait: (address, expected, ms) => early-- <= 0 && platform.wait(address, expected, ms),
    waitAny: (waiters, count, ms) => (early-- > 0 ? -1 : platform.waitAny(waiters, count, ms)),
  };
  expect(() => testPlatform(broken(interrupted))).not.toThrow();
  early = 6;
  expect(() =>
    testPlatform(broken({ ...interrupted, wait: platform.wait.bind(platform) })),
  ).not.toThrow();
});
