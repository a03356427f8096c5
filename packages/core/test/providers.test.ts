import { describe, expect, test } from "vitest";
import { type Handle, Providers, type Scope, scopeCovers, scopes } from "../src/index.ts";
import { fakeLocks } from "./fake-lock.ts";
import { fakeStores } from "./fake-store.ts";

const near = fakeLocks(["near", "nearer"], "threads");
const far = fakeLocks(["far"], "hosts");
const providers = new Providers([
  { name: "a", url: "test:a", locks: [near], stores: [] },
  { name: "b", url: "test:b", locks: [far], stores: [fakeStores()] },
]);

describe("scopeCovers", () => {
  test("lets a wider scope serve every narrower one", () => {
    for (const [i, have] of scopes.entries())
      for (const [j, need] of scopes.entries()) expect(scopeCovers(have, need)).toBe(i >= j);
  });
});

describe("Providers", () => {
  test("lists the kinds of all adapters, and the controls", () => {
    expect(providers.lockKinds).toEqual(["near", "nearer", "far", "none", "broken"]);
    expect(providers.storeKinds).toEqual(["fake"]);
    expect(new Providers([]).lockKinds).toEqual([]);
  });

  test("makes a lock of the first kind unless told, and opens it again by its handle", async () => {
    const handle = await providers.createLock(undefined, "threads");
    expect(handle.kind).toBe("near");
    expect((await providers.openLock(handle)).handle).toEqual(handle);
    expect((await providers.createLock("far", "hosts")).kind).toBe("far");
  });

  test.for([
    { kind: "near", need: "processes" },
    { kind: "nearer", need: "hosts" },
    { kind: undefined, need: "runtimes" },
    { kind: "none", need: "processes" },
  ] satisfies { kind: string | undefined; need: Scope }[])(
    "refuses a $kind lock for contenders that need $need",
    async ({ kind, need }) => {
      const refused = { code: "LOCK_SCOPE", message: expect.stringContaining(`they need ${need}`) };
      await expect(providers.createLock(kind, need)).rejects.toMatchObject(refused);
    },
  );

  test("refuses unknown kinds, and names the known ones", async () => {
    await expect(providers.createLock("quantum", "threads")).rejects.toMatchObject({
      code: "LOCK_UNSUPPORTED",
      message: expect.stringContaining("Known: near, nearer, far, none, broken."),
    });
    await expect(
      providers.createStore("quantum", "threads", { capacity: 1 }),
    ).rejects.toMatchObject({ code: "STORE_UNSUPPORTED" });
    await expect(new Providers([]).createLock(undefined, "threads")).rejects.toMatchObject({
      code: "LOCK_UNSUPPORTED",
      message: expect.stringContaining("Known: none."),
    });
  });

  test.for(["__proto__", "constructor", "toString", ""])("knows no kind %o", async (kind) => {
    await expect(providers.createLock(kind, "threads")).rejects.toMatchObject({
      code: "LOCK_UNSUPPORTED",
    });
  });

  test("opens no handle of a module or kind that the program has not loaded", async () => {
    const handle = { module: near.module, kind: "far", version: 1, data: 0 };
    const refused = { code: "HANDLE_INVALID" };
    await expect(providers.openLock(handle)).rejects.toMatchObject(refused);
    await expect(
      providers.openLock({ ...handle, module: "file:///evil.ts", kind: "near" }),
    ).rejects.toMatchObject(refused);
    await expect(providers.openStore(handle)).rejects.toMatchObject(refused);
  });

  test.for([null, undefined, 7, [], {}, { module: {}, kind: { toString: true }, version: 1 }])(
    "refuses %o for a handle",
    async (value) => {
      const refused = { code: "HANDLE_INVALID" };
      await expect(providers.openLock(value as unknown as Handle)).rejects.toMatchObject(refused);
      await expect(providers.openStore(value as unknown as Handle)).rejects.toMatchObject(refused);
    },
  );

  test("makes a store and opens it again by its handle", async () => {
    const handle = await providers.createStore(undefined, "threads", { capacity: 3 });
    expect(await (await providers.openStore(handle)).read()).toMatchObject({ capacity: 3 });
  });
});
