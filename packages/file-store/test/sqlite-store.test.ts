import { spawnSync } from "node:child_process";
import {
  copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync,
} from "node:fs"; // prettier-ignore
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Handle } from "@ticketlock/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SqliteStore, sqliteStores } from "../src/index.ts";
import { identifyOwnFile } from "../src/own-file.ts";
import { configure } from "../src/sqlite-schema.ts";
import { errorOf, journalFaults, salesOf } from "./support/kinds.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ticketlock-test-"));
  path = join(directory, "tickets.db");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const order = (id: string, quantity = 1): { id: string; buyer: string; quantity: number } => ({
  id,
  buyer: "somebody",
  quantity,
});

async function make(capacity: number): Promise<Handle> {
  return sqliteStores.create("sqlite", { capacity, path });
}

/** The store with a limit of its own. */
function openWithLimit(handle: Handle, busyLimitMs: number): SqliteStore {
  const database = new DatabaseSync(path);
  configure(database);
  return new SqliteStore(handle, { path, database, identity: identifyOwnFile(path), busyLimitMs });
}

/** Somebody else, who holds the database's write lock. */
function intruder(): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec("BEGIN IMMEDIATE");
  return database;
}

/** Makes the store or takes the one that is there, in another process, and sells one of one ticket: its serial. */
function sellElsewhere(): number {
  const module = JSON.stringify(new URL("../src/index.ts", import.meta.url).href);
  const script = `const { sqliteStores } = await import(${module});
    const handle = await sqliteStores.create("sqlite", { capacity: 1, path: ${JSON.stringify(path)} });
    const store = await sqliteStores.open(handle);
    console.log((await store.sell({ id: "c", buyer: "somebody", quantity: 1 })).firstSerial);
    await store.close();`;
  const args = ["--input-type=module", "-e", script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (stdout === "") throw new Error(stderr);
  return Number(stdout);
}

describe("SqliteStore", () => {
  it("sells a burst in one commit: when the first is told, all are there", async () => {
    const handle = await make(400);
    const store = await sqliteStores.open(handle);
    const other = await sqliteStores.open(handle);
    const seen: number[] = [];
    const sales = Array.from({ length: 300 }, (_, i) =>
      store.sell(order(`o${i}`)).then((sale) => {
        seen.push((other.read() as { remaining: number }).remaining);
        return sale;
      }),
    );
    expect((await other.read()).remaining).toBe(400); // nothing before the turn has ended
    expect((await Promise.all(sales)).map((sale) => sale?.firstSerial)).toEqual(
      Array.from({ length: 300 }, (_, i) => i),
    );
    expect(new Set(seen)).toEqual(new Set([100]));
    expect(await journalFaults(store)).toEqual([]);
    await other.close();
    await store.close();
  });

  it("lets no order in a burst fail because of another", async () => {
    const store = await sqliteStores.open(await make(4));
    await store.read(7);
    const ended = await Promise.allSettled([
      store.sell(order("a")),
      store.sell(order("stale"), 6),
      store.sell(order("")),
      store.sell(order("too many", 9)),
      store.sell(order("a")),
      store.sell(order("holder", 2), 8),
      store.sell(order("late"), 7),
      store.sell(order("b")),
      store.sell(order("sold out")),
    ]);
    const told = ended.map((one) =>
      one.status === "fulfilled"
        ? one.value?.firstSerial
        : ((one.reason as { code?: string }).code ?? (one.reason as Error).name),
    );
    const stale = "STORE_STALE_TOKEN";
    expect(told).toEqual([0, stale, "RangeError", undefined, 0, 1, stale, 3, undefined]);
    expect(await journalFaults(store)).toEqual([]);
    expect(await store.fence()).toBe(8);
    await store.close();
  });

  it("sells what waits before it closes", async () => {
    const handle = await make(3);
    const store = await sqliteStores.open(handle);
    const sales = [store.sell(order("a")), store.sell(order("b"))];
    await store.close();
    expect((await Promise.all(sales)).map((sale) => sale?.firstSerial)).toEqual([0, 1]);
    const again = await sqliteStores.open(handle);
    expect((await again.read()).remaining).toBe(1);
    await again.close();
  });

  it("waits for others without blocking the event loop, and gives up after its limit", async () => {
    const handle = await make(5);
    const store = openWithLimit(handle, 60);
    const other = intruder();
    const turns: number[] = [];
    const timer = setInterval(() => turns.push(performance.now()), 5);
    const inventory = store.read() as { capacity: number; remaining: number; version: number };
    expect(inventory.remaining).toBe(5); // a search waits for nobody
    for (const act of [
      () => store.sell(order("a")),
      () => store.read(1),
      () => store.write({ ...inventory, remaining: 4 }, { order: order("b") }),
    ]) {
      const error = await errorOf(act);
      expect(error).toMatchObject({ code: "STORE_UNAVAILABLE" });
      expect(error.message).toContain("busy for 60 ms");
    }
    clearInterval(timer);
    expect(turns.length).toBeGreaterThan(5);
    other.exec("ROLLBACK");
    expect(await store.sell(order("a"))).toMatchObject({ firstSerial: 0 });
    expect(await store.read(1)).toMatchObject({ remaining: 4 });
    other.close();
    await store.close();
  });

  it("goes on as soon as others have left", async () => {
    const handle = await make(5);
    const store = await sqliteStores.open(handle);
    const other = intruder();
    const waiting = [store.sell(order("a")), store.sell(order("b"))];
    const raising = store.read(3);
    await new Promise((resolve) => setTimeout(resolve, 20));
    other.exec("COMMIT");
    other.close();
    expect((await Promise.all(waiting)).map((sale) => sale?.firstSerial)).toEqual([0, 1]);
    await raising;
    expect(await store.fence()).toBe(3);
    await store.close();
  });

  it("lists a long journal page by page while sales go on", async () => {
    const store = await sqliteStores.open(await make(5_000));
    await Promise.all(Array.from({ length: 1_300 }, (_, i) => store.sell(order(`o${i}`))));
    let count = 0;
    for await (const sale of store.sales()) {
      expect(sale.firstSerial).toBe(count++);
      if (count % 400 === 0) await store.sell(order(`late ${count}`));
    }
    expect(count).toBe(1_300);
    expect(await salesOf(store)).toHaveLength(1_303);
    await store.close();
  });

  it("leaves one file when the last one has closed it", async () => {
    const handle = await make(2);
    const [one, two] = [await sqliteStores.open(handle), await sqliteStores.open(handle)];
    await one.sell(order("a"));
    expect(readdirSync(directory).sort()).toEqual(["tickets.db", "tickets.db-shm", "tickets.db-wal"]); // prettier-ignore
    await one.close();
    await two.close();
    expect(readdirSync(directory)).toEqual(["tickets.db"]);
  });

  it("waits for the disk with each commit of a sale", async () => {
    const handle = await make(2);
    const database = new DatabaseSync(path);
    configure(database);
    const store = new SqliteStore(handle, { path, database, identity: identifyOwnFile(path) });
    const level = (): unknown => database.prepare("PRAGMA synchronous").get()?.["synchronous"];
    expect(level()).toBe(2); // FULL
    await store.read(1); // a fence need not wait
    expect(level()).toBe(2);
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    await store.close();
  });
});

describe("a database of which a file was removed while it was open", () => {
  it.each([
    ["the database and all beside it", ["", "-wal", "-shm"]],
    ["the database alone", [""]],
    ["the WAL", ["-wal"]],
    ["the WAL's index", ["-shm"]],
    ["both files beside it", ["-wal", "-shm"]],
  ])("(%s) sells nothing that another process sells", async (_name, ends) => {
    const store = await sqliteStores.open(await make(1));
    const inventory = await store.read();
    for (const end of ends) rmSync(path + end);
    const changes = [
      () => store.sell(order("a")),
      () => store.read(1),
      () => store.write({ ...inventory, remaining: 0 }, { order: order("b") }),
    ];
    const refuseAll = async (): Promise<void> => {
      for (const change of changes) {
        const error = await errorOf(change);
        expect(error.code).toBe("STORE_UNAVAILABLE");
        expect(error.message).toContain("was removed or replaced");
      }
    };
    await refuseAll(); // as soon as it is gone
    expect(sellElsewhere()).toBe(0);
    await refuseAll(); // and with another in its place
    await store.close();
  });

  it("or replaced by a copy is refused too", async () => {
    const store = await sqliteStores.open(await make(1));
    copyFileSync(path, `${path}.copy`);
    renameSync(`${path}.copy`, path);
    const error = await errorOf(() => store.sell(order("a")));
    expect(error.code).toBe("STORE_UNAVAILABLE");
    expect(error.message).toContain(`${path} was removed or replaced`);
    await store.close();
  });
});

describe("a database that is no ticket store", () => {
  it.each([
    ["of another program", "PRAGMA application_id = 7", "something else"],
    [
      "of another version",
      "PRAGMA user_version = 2",
      "are of version 2, this release reads version 1",
    ],
    [
      "with a trigger",
      "CREATE TRIGGER free AFTER INSERT ON sale BEGIN UPDATE inventory SET remaining = capacity; END",
      "its tables are not",
    ],
    ["with another column", "ALTER TABLE sale ADD COLUMN price INTEGER", "its tables are not"],
    ["without a table", "DROP TABLE sale", "its tables are not"],
  ])("%s is STORE_CORRUPT", async (_name, sql, why) => {
    const handle = await make(5);
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
    for (const act of [
      () => sqliteStores.open(handle),
      () => sqliteStores.create("sqlite", { capacity: 5, path }),
    ]) {
      const error = await errorOf(act);
      expect(error.code).toBe("STORE_CORRUPT");
      expect(error.message).toContain(why);
    }
  });

  it("without its inventory is STORE_CORRUPT once it is read", async () => {
    const store = await sqliteStores.open(await make(5));
    const database = new DatabaseSync(path);
    database.exec("DELETE FROM inventory");
    database.close();
    for (const act of [() => store.read(), () => store.sell(order("a")), () => store.read(1)])
      expect((await errorOf(act)).code).toBe("STORE_CORRUPT");
    await store.close();
  });
});

describe("a link that was planted beside a database", () => {
  it.each(["-wal", "-shm", "-journal"])(
    "as its %s is refused, and nothing written through it",
    async (end) => {
      const handle = await make(5);
      const victim = join(directory, "victim");
      writeFileSync(victim, "precious");
      symlinkSync(victim, path + end);
      for (const act of [() => sqliteStores.open(handle), () => make(5)])
        expect(await errorOf(act)).toMatchObject({
          code: "STORE_UNAVAILABLE",
          message: expect.stringContaining("not a regular file") as string,
        });
      expect(readFileSync(victim, "utf8")).toBe("precious");
    },
  );
});

describe("a runtime without node:sqlite", () => {
  it("gets STORE_UNSUPPORTED, and the naive store still", () => {
    const module = JSON.stringify(new URL("../src/index.ts", import.meta.url).href);
    const script = `const stores = await import(${module});
      for (const [provider, kind] of [[stores.sqliteStores, "sqlite"], [stores.durableJsonFileStores, "json-durable"], [stores.jsonFileStores, "json"]])
        try { const store = await provider.open(await provider.create(kind, { capacity: 1, path: ${JSON.stringify(directory)} + "/" + kind })); console.log(kind, (await store.read()).remaining); }
        catch (error) { console.log(kind, error.code, error.message.includes("Node 22.13")); }`;
    const args = ["--no-experimental-sqlite", "--input-type=module", "-e", script];
    const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(stdout.split("\n")).toEqual([
      "sqlite STORE_UNSUPPORTED true",
      "json-durable STORE_UNSUPPORTED true",
      "json 1",
      "",
    ]);
    expect(existsSync(path)).toBe(false);
  });
});
