import { spawnSync } from "node:child_process";
import {
  chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync,
} from "node:fs"; // prettier-ignore
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Handle, TicketlockError } from "@ticketlock/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type JsonFileStore, jsonFileStores } from "../src/index.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ticketlock-test-"));
  chmodSync(directory, 0o755);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function open(options: { capacity: number; path?: string }): JsonFileStore {
  return jsonFileStores.open(jsonFileStores.create("json", options));
}

function pathOf(store: JsonFileStore): string {
  return (store.handle.data as { path: string }).path;
}

function errorOf(act: () => unknown): TicketlockError {
  try {
    act();
  } catch (error) {
    return error as TicketlockError;
  }
  throw new Error("nothing was thrown");
}

describe("jsonFileStores.create", () => {
  it("makes a missing file for this user alone, holding the capacity", () => {
    const path = join(directory, "tickets.json");
    const store = open({ capacity: 3, path });
    expect(readFileSync(path, "utf8")).toBe('{"count":3}');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(store.read()).toEqual({ capacity: 3, remaining: 3, version: 0 });
    store.close();
    expect(existsSync(path)).toBe(true);
  });

  it("uses an existing file as it is", () => {
    const path = join(directory, "tickets.json");
    writeFileSync(path, ' {"count":2}\n');
    expect(open({ capacity: 5, path }).read()).toEqual({ capacity: 5, remaining: 2, version: 0 });
    expect(readFileSync(path, "utf8")).toBe(' {"count":2}\n');
  });

  it("without a path uses a private directory, which its first instance removes when closed", () => {
    const handle = jsonFileStores.create("json", { capacity: 1 });
    const first = jsonFileStores.open(handle);
    const second = jsonFileStores.open(handle);
    const path = pathOf(first);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    second.close();
    expect(existsSync(path)).toBe(true);
    first.close();
    first.close();
    expect(existsSync(dirname(path))).toBe(false);
  });

  it("leaves no directory behind when the process ends without opening the store", () => {
    const module = new URL("../src/index.ts", import.meta.url).href;
    const script = `import { jsonFileStores } from ${JSON.stringify(module)}; console.log(jsonFileStores.create("json", { capacity: 1 }).data.path);`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] },
    });
    expect(stdout.trim()).toMatch(/tickets\.json$/);
    expect(existsSync(dirname(stdout.trim()))).toBe(false);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 31])("refuses the capacity %s", (capacity) => {
    expect(() => jsonFileStores.create("json", { capacity })).toThrow(RangeError);
  });

  it("refuses another kind and names its own", () => {
    expect(errorOf(() => jsonFileStores.create("sqlite", { capacity: 1 }))).toMatchObject({
      code: "STORE_UNSUPPORTED",
      message: "Cannot make a store of kind sqlite: @ticketlock/file-store offers json.",
    });
  });

  it.each(["", "a\0b", 7])("refuses the path %j", (path) => {
    expect(() => jsonFileStores.create("json", { capacity: 1, path: path as string })).toThrow(
      TypeError,
    );
  });
});

describe("JsonFileStore", () => {
  it("writes what it is told, promising nothing: tokens, versions and orders are ignored", () => {
    const store = open({ capacity: 2 });
    expect(
      store.write({ capacity: 2, remaining: 1, version: 7 }, { token: 9, expectedVersion: 5 }),
    ).toBe("written");
    expect(store.read()).toEqual({ capacity: 2, remaining: 1, version: 0 });
    expect(store.write({ capacity: 2, remaining: 2, version: 0 }, { token: 3 })).toBe("written");
    expect(store.fence()).toBe(0);
    expect(Object.values(store.guarantees).filter((promise) => promise === true)).toEqual([]);
    store.close();
  });

  it("sells one ticket twice when two read before either writes", () => {
    const first = open({ capacity: 1 });
    const second = jsonFileStores.open(structuredClone(first.handle));
    const [seenByFirst, seenBySecond] = [first.read(), second.read()];
    for (const [store, seen] of [
      [first, seenByFirst],
      [second, seenBySecond],
    ] as const) {
      expect(store.write({ ...seen, remaining: seen.remaining - 1 })).toBe("written");
    }
    expect(second.read().remaining).toBe(0);
    first.close();
  });

  it.each([-1, 0.5, 4])("refuses to write %s of 3 and leaves the file", (remaining) => {
    const store = open({ capacity: 3 });
    expect(() => store.write({ capacity: 3, remaining, version: 0 })).toThrow(RangeError);
    expect(store.read().remaining).toBe(3);
    store.close();
  });

  it("is closed in this contender after close", () => {
    const store = open({ capacity: 1 });
    store.close();
    for (const act of [
      () => store.read(),
      () => store.write({ capacity: 1, remaining: 0, version: 0 }),
      () => store.fence(),
    ]) {
      expect(errorOf(act).code).toBe("STORE_CLOSED");
    }
  });

  it("says so when its file has gone, and does not make it again", () => {
    const path = join(directory, "tickets.json");
    const store = open({ capacity: 1, path });
    rmSync(path);
    expect(errorOf(() => store.read())).toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.stringContaining("does not exist"),
    });
    expect(errorOf(() => store.write({ capacity: 1, remaining: 0, version: 0 })).code).toBe(
      "STORE_UNAVAILABLE",
    );
    expect(existsSync(path)).toBe(false);
  });
});

describe("a bad store file", () => {
  it.each([
    ["empty", "", "it is empty"],
    ["only space", " \n", "it is empty"],
    ["truncated", '{"count":', "it is not whole JSON"],
    ["not JSON", "tickets: 1", "it is not whole JSON"],
    ["no object", "1", "it is not a JSON object"],
    ["null", "null", "it is not a JSON object"],
    ["an array", "[1]", "it is not a JSON object"],
    ["without a count", "{}", "its keys are []"],
    ["with other keys", '{"count":1,"sold":0}', 'its keys are ["count","sold"]'],
    [
      "with a prototype",
      '{"count":1,"__proto__":{"count":9}}',
      'its keys are ["count","__proto__"]',
    ],
    ["with a text for a count", '{"count":"1"}', 'its count is "1"'],
    ["with a negative count", '{"count":-1}', "its count is -1"],
    ["with half a ticket", '{"count":0.5}', "its count is 0.5"],
    [
      "with a count beyond the capacity",
      '{"count":2}',
      "its count of 2 is more than the capacity of 1",
    ],
    ["too large", `{"count":1}${" ".repeat(1024)}`, "it is larger than 1024 bytes"],
  ])("%s is STORE_CORRUPT and stays as it is", (_name, content, why) => {
    const path = join(directory, "tickets.json");
    writeFileSync(path, content);
    const error = errorOf(() => jsonFileStores.create("json", { capacity: 1, path }));
    expect(error.code).toBe("STORE_CORRUPT");
    expect(error.message).toContain(`Cannot use the store file ${path}: ${why}`);
    expect(readFileSync(path, "utf8")).toBe(content);
    const handle = {
      module: "@ticketlock/file-store",
      kind: "json",
      version: 1,
      data: { path, capacity: 1, temporary: false },
    };
    expect(errorOf(() => jsonFileStores.open(handle)).code).toBe("STORE_CORRUPT");
  });

  it("a directory, a missing directory, a FIFO and a dangling link are STORE_UNAVAILABLE", () => {
    const fifo = join(directory, "fifo");
    expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
    symlinkSync(join(directory, "nowhere"), join(directory, "link"));
    mkdirSync(join(directory, "folder"));
    for (const [name, why] of [
      ["folder", "it is a directory"],
      ["missing/tickets.json", "its directory does not"],
      ["fifo", "it is not a regular file"],
      ["fifo/tickets.json", "not a directory"],
      ["link", "it does not exist"],
    ] as const) {
      const error = errorOf(() =>
        jsonFileStores.create("json", { capacity: 1, path: join(directory, name) }),
      );
      expect(error).toMatchObject({
        code: "STORE_UNAVAILABLE",
        message: expect.stringContaining(why),
      });
    }
    expect(existsSync(join(directory, "nowhere"))).toBe(false);
  });

  it.each([
    ["unreadable", 0o000],
    ["not writable", 0o400],
  ])("%s is STORE_UNAVAILABLE", (_name, mode) => {
    const path = join(directory, "tickets.json");
    writeFileSync(path, '{"count":1}');
    chmodSync(path, mode);
    expect(createAsOrdinaryUser(path)).toContain(
      `STORE_UNAVAILABLE Cannot open the store file ${path}: this user may not read and write it`,
    );
    expect(statSync(path).mode & 0o777).toBe(mode);
  });

  it("in a directory that cannot be written is STORE_UNAVAILABLE", () => {
    chmodSync(directory, 0o555);
    expect(createAsOrdinaryUser(join(directory, "tickets.json"))).toContain("STORE_UNAVAILABLE");
  });
});

describe("a bad handle", () => {
  const good = {
    module: "@ticketlock/file-store",
    kind: "json",
    version: 1,
    data: { path: "/x", capacity: 1, temporary: false },
  };
  it.each([
    ["another module", { ...good, module: "fs" }],
    ["another kind", { ...good, kind: "sqlite" }],
    ["another version", { ...good, version: 2 }],
    ["no data", { ...good, data: null }],
    ["a relative path", { ...good, data: { ...good.data, path: "x" } }],
    ["no handle", 7 as unknown as Handle],
  ])("with %s is HANDLE_INVALID", (_name, handle) => {
    expect(errorOf(() => jsonFileStores.open(handle)).code).toBe("HANDLE_INVALID");
  });
});

/** Root may read and write anything, so the call is made as nobody in a process of its own. */
function createAsOrdinaryUser(path: string): string {
  const asRoot = process.getuid?.() === 0;
  if (asRoot && existsSync(path)) chownSync(path, 65534, 65534);
  if (asRoot) chownSync(directory, 65534, 65534);
  const module = JSON.stringify(new URL("../src/index.ts", import.meta.url).href);
  // Loaded before the rights are dropped: the repository may be in a folder that nobody else can enter.
  const script = `const { jsonFileStores } = await import(${module});
    if (${asRoot}) { process.setgroups([]); process.setgid(65534); process.setuid(65534); }
    try { jsonFileStores.create("json", { capacity: 1, path: ${JSON.stringify(path)} }); console.log("created"); }
    catch (error) { console.log(error.code, error.message); }`;
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    env: {},
  });
  return child.stdout + child.stderr;
}
