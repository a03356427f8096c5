import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  symlinkSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Handle, MaybePromise, WriteResult } from "@ticketlock/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DurableJsonFileStore, durableJsonFileStores } from "../src/index.ts";
import { FileLatch, type Latch } from "../src/file-latch.ts";
import { type FileSystem, nodeFileSystem } from "../src/file-system.ts";
import { freeLatch } from "./support/durable-on.ts";
import { errorOf, journalFaults } from "./support/kinds.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ticketlock-test-"));
  path = join(directory, "tickets.json");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const order = (id: string): { id: string; buyer: string; quantity: number } => ({
  id,
  buyer: "somebody",
  quantity: 1,
});

async function make(capacity = 5, maxSales?: number): Promise<Handle> {
  const options = { capacity, path, ...(maxSales === undefined ? {} : { maxSales }) };
  return durableJsonFileStores.create("json-durable", options);
}

interface StoreFile {
  sha256: string;
  store: { remaining: number; sales: unknown[] };
}

function readStore(at: string): StoreFile {
  return JSON.parse(readFileSync(at, "utf8")) as StoreFile;
}

describe("DurableJsonFileStore", () => {
  it("is one JSON file with the checksum of what it holds, and the generation before beside it", async () => {
    const store = durableJsonFileStores.open(await make());
    await store.sell(order("a"));
    await store.sell(order("b"));
    const { sha256, store: held } = readStore(path);
    expect(held).toMatchObject({
      capacity: 5,
      remaining: 3,
      version: 2,
      fence: 0,
      sales: [
        ["a", "somebody", 0, 1],
        ["b", "somebody", 1, 1],
      ],
    });
    const text = readFileSync(path, "utf8");
    const body = text.slice(text.indexOf('"store":') + 8, -2);
    expect(createHash("sha256").update(body).digest("hex")).toBe(sha256);
    expect(readStore(`${path}.previous`).store.sales).toHaveLength(1);
    store.close();
  });

  it("goes on from the generation before, if that is put in the place of a damaged file", async () => {
    const handle = await make();
    const store = durableJsonFileStores.open(handle);
    await store.sell(order("a"));
    await store.sell(order("b"));
    store.close();
    writeFileSync(path, readFileSync(path, "utf8").replace('"remaining":3', '"remaining":4'));
    const error = await errorOf(() => durableJsonFileStores.open(handle));
    expect(error.code).toBe("STORE_CORRUPT");
    expect(error.message).toContain("its checksum does not match");
    expect(error.message).toContain(`${path}.previous`);
    renameSync(`${path}.previous`, path);
    const again = durableJsonFileStores.open(handle);
    expect(await again.sell(order("c"))).toMatchObject({ firstSerial: 1 });
    expect(await journalFaults(again)).toEqual([]);
    again.close();
  });

  it("is not made anew where only the generation before is left", async () => {
    const store = durableJsonFileStores.open(await make());
    await store.sell(order("a"));
    store.close();
    rmSync(path);
    const error = await errorOf(() => make());
    expect(error).toMatchObject({ code: "STORE_CORRUPT" });
    expect(error.message).toContain("it is missing");
  });

  it("sees what others have written, and damage that came later", async () => {
    const handle = await make();
    const [one, two] = [durableJsonFileStores.open(handle), durableJsonFileStores.open(handle)];
    await one.sell(order("a"));
    await two.sell(order("b"));
    expect(await one.read()).toMatchObject({ remaining: 3, version: 2 });
    expect(await journalFaults(one)).toEqual([]);
    writeFileSync(path, "");
    expect((await errorOf(() => two.sell(order("c")))).code).toBe("STORE_CORRUPT");
    expect((await errorOf(() => one.read())).code).toBe("STORE_CORRUPT");
    expect(readFileSync(path, "utf8")).toBe("");
    one.close();
    two.close();
  });

  it("answers from memory where a later byte of what it has read is damaged, and writes the file whole again", async () => {
    const handle = await make();
    const store = durableJsonFileStores.open(handle);
    await store.sell(order("a"));
    await store.sell(order("b".repeat(60)));
    const damaged = readFileSync(path);
    const at = damaged.lastIndexOf("b");
    expect(at).toBeGreaterThan(256);
    damaged.write("x", at);
    writeFileSync(path, damaged);
    expect((await errorOf(() => durableJsonFileStores.open(handle))).code).toBe("STORE_CORRUPT");
    expect(await store.read()).toMatchObject({ remaining: 3 });
    expect(await store.sell(order("a"))).toMatchObject({ firstSerial: 0 });
    expect(await store.sell(order("c"))).toMatchObject({ firstSerial: 2 });
    expect(readFileSync(`${path}.previous`).equals(damaged)).toBe(true);
    const other = durableJsonFileStores.open(handle);
    expect(await journalFaults(other)).toEqual([]);
    expect(await other.read()).toMatchObject({ remaining: 2 });
    other.close();
    store.close();
  });

  it("sells a burst in one change of the file, none of it at another's cost, and what waits before it closes", async () => {
    const handle = await make(4);
    const store = durableJsonFileStores.open(handle);
    await store.read(7);
    const ended = Promise.allSettled([
      store.sell(order("a")),
      store.sell(order("stale"), 6),
      store.sell(order("")),
      store.sell({ ...order("too many"), quantity: 9 }),
      store.sell(order("a")),
      store.sell({ ...order("holder"), quantity: 2 }, 8),
      store.sell(order("b")),
      store.sell(order("sold out")),
    ]);
    await store.close();
    expect(
      (await ended).map((one) =>
        one.status === "fulfilled" ? one.value?.firstSerial : (one.reason as Error).name,
      ),
    ).toEqual([0, "TicketlockError", "RangeError", undefined, 0, 1, 3, undefined]);
    expect(readStore(`${path}.previous`).store.sales).toEqual([]);
    const again = durableJsonFileStores.open(handle);
    expect(await journalFaults(again)).toEqual([]);
    expect([await again.read(), again.fence()]).toEqual([
      { capacity: 4, remaining: 0, version: 3 },
      8,
    ]);
    await again.close();
  });

  it("has room for as many sales as it was made for", async () => {
    const store = durableJsonFileStores.open(await make(5, 2));
    await store.sell(order("a"));
    await store.sell(order("b"));
    expect((await errorOf(() => store.sell(order("c"), 4))).code).toBe("STORE_FULL");
    expect(await store.sell(order("a"))).toMatchObject({ firstSerial: 0 });
    expect([(await store.read()).remaining, store.fence()]).toEqual([3, 4]);
    store.close();
  });

  it("waits for another's change without blocking, answers as soon as it may, and gives up after its limit", async () => {
    const handle = await make();
    const latch = new FileLatch(`${path}.lock`);
    const store = new DurableJsonFileStore(handle, {
      path,
      fileSystem: nodeFileSystem,
      latch,
      busyLimitMs: 40,
    });
    const other = new FileLatch(`${path}.lock`);
    expect(other.tryEnter()).toBe(true);
    expect(await store.read()).toMatchObject({ remaining: 5 }); // a search waits for nobody
    for (const act of [() => store.sell(order("a")), () => store.read(1)])
      expect((await errorOf(act)).message).toContain("busy for 40 ms");
    const waiting = store.sell(order("b"));
    expect(waiting).toBeInstanceOf(Promise);
    other.leave();
    expect(await waiting).toMatchObject({ firstSerial: 0 });
    expect(other.tryEnter()).toBe(true);
    const closed = Promise.resolve(store.read(1));
    store.close();
    expect((await errorOf(() => closed)).code).toBe("STORE_CLOSED");
    other.leave();
    other.close();
  });

  it("keeps two changes apart that meet in the middle, where a twin without a latch loses a sale", async () => {
    const handle = await make();
    const open = (latch: Latch, fileSystem: FileSystem): DurableJsonFileStore =>
      new DurableJsonFileStore(handle, { path, fileSystem, latch });
    /** The sales that are left of two, of which the second is made in the middle of the first. */
    const meet = async (latch: () => Latch, ids: readonly string[]): Promise<string[]> => {
      const other = open(latch(), nodeFileSystem);
      const inventory = await other.read();
      let second: MaybePromise<WriteResult> | undefined;
      const unlink = (file: string): void => {
        // The first step of a change, after the look at what is.
        second ??= other.write({ ...inventory, remaining: inventory.remaining - 2 }, { order: order(ids[1]!) }); // prettier-ignore
        nodeFileSystem.unlink(file);
      };
      const store = open(latch(), { ...nodeFileSystem, unlink });
      await store.sell(order(ids[0]!));
      expect(await second).toBe("written");
      const orders = [...store.sales()].map((sale) => sale.order);
      await store.close();
      await other.close();
      return orders;
    };
    expect(await meet(() => new FileLatch(`${path}.lock`), ["a", "b"])).toEqual(["a", "b"]);
    expect(await meet(() => freeLatch, ["c", "d"])).toEqual(["a", "b", "c"]);
  });

  it("notices that its lock file was removed or replaced", async () => {
    const store = durableJsonFileStores.open(await make());
    copyFileSync(`${path}.lock`, `${path}.other`);
    rmSync(`${path}.lock`);
    expect((await errorOf(() => store.sell(order("a")))).code).toBe("STORE_UNAVAILABLE");
    renameSync(`${path}.other`, `${path}.lock`);
    expect((await errorOf(() => store.sell(order("a")))).message).toContain("replaced");
    store.close();
  });
});

describe("a lock file that cannot be trusted", () => {
  it.each([
    ["a link", "STORE_UNAVAILABLE", (lock: string) => symlinkSync(`${lock}.victim`, lock)],
    ["a directory", "STORE_UNAVAILABLE", (lock: string) => mkdirSync(lock)],
    ["open to others", "STORE_UNAVAILABLE", (lock: string) => openToOthers(lock)],
    ["no database", "STORE_CORRUPT", (lock: string) => writeFileSync(lock, "x".repeat(4096), { mode: 0o600 })], // prettier-ignore
  ])("%s, is refused and left alone", async (_name, code, plant) => {
    const handle = await make();
    rmSync(`${path}.lock`);
    writeFileSync(`${path}.lock.victim`, "precious", { mode: 0o600 });
    plant(`${path}.lock`);
    for (const act of [
      async () => durableJsonFileStores.open(handle).sell(order("a")),
      () => make(),
    ])
      // prettier-ignore
      expect((await errorOf(act)).code).toBe(code);
    expect(readFileSync(`${path}.lock.victim`, "utf8")).toBe("precious");
  });

  it("missing, is not made by those who only open the store", async () => {
    const handle = await make();
    rmSync(`${path}.lock`);
    expect((await errorOf(() => durableJsonFileStores.open(handle))).code).toBe(
      "STORE_UNAVAILABLE",
    );
    await make();
    const store = durableJsonFileStores.open(handle);
    expect(await store.sell(order("a"))).toBeDefined();
    await store.close();
  });
});

function openToOthers(lock: string): void {
  writeFileSync(lock, "");
  chmodSync(lock, 0o666);
}

describe("a durable file that was made up", () => {
  /** Writes a store file whose checksum is right, whatever it says. */
  const forge = (body: string, format = 1): void => {
    const sum = createHash("sha256").update(body).digest("hex");
    writeFileSync(
      path,
      `{"format":"ticketlock json-durable ${format}","sha256":"${sum}","store":${body}}\n`,
    );
  };
  const head = '"capacity":5,"room":5,"remaining":4,"version":1,"fence":0';

  it.each([
    ["of a later format", `{${head},"sales":[]}`, "it is of format 2", 2],
    ["with a prototype", `{"__proto__":{"fence":9},${head},"sales":[]}`, "its keys are"],
    ["with other keys", `{${head},"sales":[],"price":1}`, "its keys are"],
    ["with more left than there is", `{${head.replace("4", "6")},"sales":[]}`, "remaining 6"],
    ["with a negative fence", `{${head.slice(0, -1)}-1,"sales":[]}`, "fence -1"],
    [
      "with half a version",
      `{${head.replace('"version":1', '"version":0.5')},"sales":[]}`,
      "version 0.5",
    ],
    ["with a sale that is none", `{${head},"sales":[{"order":"a"}]}`, "no list of four"],
    ["with a buyer that is none", `{${head},"sales":[["a",7,0,1]]}`, "buyer 7"],
    ["with an order twice", `{${head},"sales":[["a","b",0,1],["a","b",1,1]]}`, "twice"],
    [
      "with more sales than room",
      `{${head.replace('"room":5', '"room":0')},"sales":[["a","b",0,1]]}`,
      "at most 0",
    ],
    ["that is no JSON", `{${head}`, "it says what no store says"],
    ["that is a list", "[]", "it is no object"],
  ])("%s is STORE_CORRUPT", async (_name, body, why, format?: number) => {
    const handle = await make();
    forge(body, format);
    const error = await errorOf(() => durableJsonFileStores.open(handle));
    expect(error.code).toBe("STORE_CORRUPT");
    expect(error.message).toContain(why);
  });

  it("is not read into memory where it is too large", async () => {
    const handle = await make();
    writeFileSync(path, Buffer.alloc(64 * 2 ** 20 + 1));
    expect(await errorOf(() => durableJsonFileStores.open(handle))).toMatchObject({
      code: "STORE_CORRUPT",
      message: expect.stringContaining("more than a store can have") as string,
    });
  });
});
