import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Handle } from "@ticketlock/core";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { mappedStores } from "../../src/mapped-stores.ts";
import type { MappedTicketStore } from "../../src/mapped-ticket-store.ts";
import { CHANGES_PER_LOOK } from "../../src/mapped-ticket-store-file.ts";
import { currentPlatform } from "../../src/platform/current-platform.ts";
import { order } from "./deeds.ts";
import { ended, nextMessage, start } from "./processes.ts";

const directory = mkdtempSync("/dev/shm/ticketlock-test-");
let files = 0;
const opened: MappedTicketStore[] = [];

afterEach(() => {
  vi.restoreAllMocks();
  for (const store of opened.splice(0)) store.close();
});
afterAll(() => rmSync(directory, { recursive: true }));

function newPath(): string {
  return join(directory, `${files++}.store`);
}

function create(path: string, capacity = 10): Handle {
  return mappedStores.create("mapped", { capacity, path });
}

function open(handle: Handle): MappedTicketStore {
  const store = mappedStores.open(handle);
  opened.push(store);
  return store;
}

function withCode(code: string): unknown {
  return expect.objectContaining({ name: "TicketlockError", code });
}

function pathOf(handle: Handle): string {
  return (handle.data as { readonly path: string }).path;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

describe("a mapped store's file", () => {
  test("is private, wholly reserved, and there for whoever opens it next", () => {
    const path = newPath();
    const handle = create(path);
    const { mode, blocks, size } = statSync(path);
    expect(mode & 0o777).toBe(0o600);
    expect(blocks * 512).toBeGreaterThanOrEqual(size);
    open(handle).sell(order("a", 3));
    opened.pop()!.close();
    expect(open(create(path)).read()).toEqual({ capacity: 10, remaining: 7, version: 1 });
    const next = open(JSON.parse(JSON.stringify(handle)) as Handle);
    expect([...next.sales()].map((sale) => sale.order)).toEqual(["a"]);
  });

  test("is not used where another capacity was asked for", () => {
    const path = newPath();
    create(path);
    expect(() => create(path, 11)).toThrow(RangeError);
    expect(open(create(path)).read().capacity).toBe(10);
  });

  test("is one and the same for processes that make it at the same time", async () => {
    const path = newPath();
    const makers = ["a", "b", "c", "d"].map((name) =>
      start("maker.ts", { name, path, capacity: 4 }),
    );
    try {
      await Promise.all(makers.map((maker) => nextMessage(maker)));
      const serials = makers.map((maker) => nextMessage<number>(maker));
      for (const maker of makers) maker.send("go");
      expect((await Promise.all(serials)).sort()).toEqual([0, 1, 2, 3]);
      expect(await Promise.all(makers.map(ended))).toEqual([0, 0, 0, 0]);
    } finally {
      for (const maker of makers) maker.kill();
    }
    expect(open(create(path, 4)).read()).toMatchObject({ remaining: 0, version: 4 });
  });

  test("has room for maxSales: one more is STORE_FULL, and changes nothing", () => {
    const store = open(mappedStores.create("mapped", { capacity: 5, maxSales: 1 }));
    store.sell(order("a"));
    expect(() => store.sell(order("b"))).toThrow(withCode("STORE_FULL"));
    expect(store.read()).toEqual({ capacity: 5, remaining: 4, version: 1 });
  });

  test.for<{ name: string; code: string; spoil: (path: string) => void }>([
    { name: "is empty", code: "STORE_CORRUPT", spoil: (path) => truncateSync(path, 0) },
    { name: "is cut off", code: "STORE_CORRUPT", spoil: (path) => truncateSync(path, 2048) },
    {
      name: "is another's work",
      code: "STORE_CORRUPT",
      spoil: (path) => writeFileSync(path, "x".repeat(8192)),
    },
    { name: "is open to others", code: "STORE_CORRUPT", spoil: (path) => chmodSync(path, 0o640) },
    {
      name: "is a symbolic link",
      code: "STORE_CORRUPT",
      spoil: (path) => {
        renameSync(path, `${path}.real`);
        symlinkSync(`${path}.real`, path);
      },
    },
    { name: "has another layout", code: "STORE_UNSUPPORTED", spoil: (path) => patch(path, 2, 99) },
    { name: "is of another kind", code: "STORE_CORRUPT", spoil: (path) => patch(path, 1, 99) },
    {
      name: "has room for other than it says",
      code: "STORE_CORRUPT",
      spoil: (path) => patch(path, 64, 9),
    },
    {
      name: "says that it has room for too many",
      code: "STORE_CORRUPT",
      spoil: (path) => patch(path, 64, 2 ** 31 - 1),
    },
    // The second of the two records is the one that counts: see inventory-state.ts.
    {
      name: "has more left than there were",
      code: "STORE_CORRUPT",
      spoil: (path) => patch(path, 161, 11),
    },
    {
      name: "counts more sales than fit",
      code: "STORE_CORRUPT",
      spoil: (path) => patch(path, 162, 11),
    },
    { name: "is gone", code: "STORE_UNAVAILABLE", spoil: (path) => unlinkSync(path) },
  ])("that $name is refused with $code", ({ code, spoil }) => {
    const path = newPath();
    const handle = create(path);
    spoil(path);
    const before = exists(path) ? readFileSync(path) : undefined;
    expect(() => mappedStores.open(handle)).toThrow(withCode(code));
    // Never reset: what is there stays as it is.
    if (before !== undefined) {
      expect(() => create(path)).toThrow(withCode(code));
      expect(readFileSync(path).equals(before)).toBe(true);
    }
  });

  test("that belongs to another user is refused", () => {
    const path = newPath();
    const handle = create(path);
    // Only root can give a file away; to any other user another one's file is not readable at all.
    const { userId } = currentPlatform();
    if (userId === 0) chownSync(path, 65_534, 65_534);
    else vi.spyOn(currentPlatform(), "userId", "get").mockReturnValue(userId + 1);
    expect(() => mappedStores.open(handle)).toThrow(withCode("STORE_CORRUPT"));
  });

  test("is not left half-made where there is no room for it: STORE_UNAVAILABLE", () => {
    const path = newPath();
    vi.spyOn(currentPlatform(), "write").mockImplementation(() => {
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    });
    expect(() => create(path)).toThrow(withCode("STORE_UNAVAILABLE"));
    expect(() => create(path)).toThrow("no room");
    expect(exists(path)).toBe(false);
  });

  test("must lie on a tmpfs", () => {
    expect(() => create(join(import.meta.dirname, "here.store"))).toThrow(
      withCode("STORE_UNSUPPORTED"),
    );
    expect(exists(join(import.meta.dirname, "here.store"))).toBe(false);
  });

  test.for(["removed", "replaced"])(
    "that was %s is noticed after at most so many changes",
    (how) => {
      const path = newPath();
      const store = open(create(path));
      unlinkSync(path);
      if (how === "replaced") create(path);
      const change = (): void => {
        for (let i = 0; i < CHANGES_PER_LOOK; i++) store.read(i + 1);
      };
      expect(change).toThrow(withCode("STORE_UNAVAILABLE"));
      expect(() => store.sell(order("a"))).toThrow(withCode("STORE_UNAVAILABLE"));
      expect(() => store.sell(order("a"))).toThrow("removed or replaced");
    },
  );
});

/** Writes over one word of the file. */
function patch(path: string, word: number, value: number): void {
  const bytes = readFileSync(path);
  bytes.writeInt32LE(value, word * 4);
  writeFileSync(path, bytes);
}

describe("a temporary mapped store", () => {
  test("goes when the first store that its maker has opened is closed", () => {
    const handle = mappedStores.create("mapped", { capacity: 1 });
    const [first, second] = [open(handle), open(handle)];
    second.close();
    expect(exists(pathOf(handle))).toBe(true);
    first.close();
    expect(exists(pathOf(handle))).toBe(false);
    expect(() => mappedStores.open(handle)).toThrow(withCode("STORE_UNAVAILABLE"));
  });

  test("that nobody has open is removed when the next one is made", () => {
    const left = mappedStores.create("mapped", { capacity: 1 });
    const path = pathOf(left).replace(/[0-9a-f]{12}\.store$/, "000000000000.store");
    writeFileSync(path, "what a process has left that was killed", { mode: 0o600 });
    open(mappedStores.create("mapped", { capacity: 1 }));
    expect(exists(path)).toBe(false);
    expect(exists(pathOf(left))).toBe(true);
    open(left);
  });
});

describe("a closed mapped store", () => {
  test("says STORE_CLOSED, and may be closed again", () => {
    const store = open(create(newPath()));
    const sales = store.sales();
    store.sell(order("a"));
    store.sell(order("b"));
    expect(sales.next().value).toMatchObject({ order: "a" });
    store.close();
    store.close();
    for (const use of [
      () => store.read(),
      () => store.read(1),
      () => store.fence(),
      () => store.sell(order("c")),
      () => store.write({ capacity: 1, remaining: 0, version: 0 }),
      () => [...store.sales()],
      () => sales.next(),
    ])
      expect(use).toThrow(withCode("STORE_CLOSED"));
  });
});

describe("mappedStores", () => {
  test("says STORE_UNSUPPORTED, why and what to use instead, where FFI is switched off", async () => {
    const refused = start("refused.ts", "", { flags: ["--no-experimental-ffi"] });
    const message = await nextMessage<string>(refused);
    expect(message).toContain("STORE_UNSUPPORTED: Cannot use a store in mapped memory here: ");
    expect(message).toContain("--no-experimental-ffi");
    expect(message).toContain('kind "sqlite"');
    expect(await ended(refused)).toBe(0);
  });

  test.for([
    null,
    "store",
    { module: "@ticketlock/other", kind: "mapped", version: 1, data: {} },
    { module: "@ticketlock/mapped-memory", kind: "other", version: 1, data: {} },
    { module: "@ticketlock/mapped-memory", kind: "mapped", version: 2, data: {} },
    { module: "@ticketlock/mapped-memory", kind: "mapped", version: 1, data: {} },
    {
      module: "@ticketlock/mapped-memory",
      kind: "mapped",
      version: 1,
      data: { path: "relative", temporary: false },
    },
    {
      module: "@ticketlock/mapped-memory",
      kind: "mapped",
      version: 1,
      data: { path: "/dev/shm/\0", temporary: false },
    },
  ])("does not open what is no handle of its own: %j", (handle) => {
    expect(() => mappedStores.open(handle as never)).toThrow(withCode("HANDLE_INVALID"));
  });

  test("makes no other kind, and nothing of an impossible size", () => {
    expect(() => mappedStores.create("json", { capacity: 1 })).toThrow(
      withCode("STORE_UNSUPPORTED"),
    );
    expect(() => mappedStores.create("mapped", { capacity: -1 })).toThrow(RangeError);
    expect(() => mappedStores.create("mapped", { capacity: 1, maxSales: 2 ** 23 })).toThrow(
      RangeError,
    );
    expect(() => mappedStores.create("mapped", { capacity: 1, path: "" })).toThrow(TypeError);
  });
});
