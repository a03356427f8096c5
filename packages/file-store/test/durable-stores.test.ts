import { spawnSync } from "node:child_process";
import {
  chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync,
  statSync, symlinkSync, truncateSync, writeFileSync,
} from "node:fs"; // prettier-ignore
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { AtomicTicketStore, Handle } from "@ticketlock/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sellsToTheOvertaken } from "./support/overtaken.ts";
import { durableKinds, errorOf, journalFaults, openStore } from "./support/kinds.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ticketlock-test-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const pathOf = (store: AtomicTicketStore): string => (store.handle.data as { path: string }).path;
const order = (id: string, quantity = 1): { id: string; buyer: string; quantity: number } => ({
  id,
  buyer: "somebody",
  quantity,
});

for (const under of durableKinds) {
  const { kind, provider, file } = under;

  /** A store in the test's directory that has sold one ticket of 5, closed again. */
  const usedStore = async (): Promise<Handle> => {
    const store = await openStore(under, { capacity: 5, path: join(directory, file) });
    await store.sell(order("first"));
    await store.close();
    return store.handle;
  };

  describe(`${kind} as a provider`, () => {
    it("makes files for this user alone, and uses what is there as it is", async () => {
      const { data } = await usedStore();
      const { path } = data as { path: string };
      for (const name of readdirSync(directory))
        expect(statSync(join(directory, name)).mode & 0o777, name).toBe(0o600);
      const again = await openStore(under, { capacity: 5, path });
      expect(await again.read()).toEqual({ capacity: 5, remaining: 4, version: 1 });
      await again.close();
      expect(existsSync(path)).toBe(true);
    });

    it("has files for this user alone also while it is open", async () => {
      const store = await openStore(under, { capacity: 5, path: join(directory, file) });
      await store.sell(order("a"));
      await store.sell(order("b"));
      const names = readdirSync(directory);
      expect(names.length).toBeGreaterThan(1);
      for (const name of names)
        expect(statSync(join(directory, name)).mode & 0o777, name).toBe(0o600);
      await store.close();
    });

    it("refuses to take a store for one of another capacity", async () => {
      const { data } = await usedStore();
      const { path } = data as { path: string };
      expect(await errorOf(() => provider.create(kind, { capacity: 6, path }))).toMatchObject({
        name: "RangeError",
        message: expect.stringContaining("has 5"),
      });
    });

    it("without a path uses a private directory, which its first instance removes with all that is in it", async () => {
      const handle = await provider.create(kind, { capacity: 1 });
      const first = await provider.open(handle);
      const second = await provider.open(structuredClone(handle));
      const folder = dirname(pathOf(first));
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      await second.sell(order("a"));
      await second.close();
      expect(existsSync(folder)).toBe(true);
      await first.close();
      await first.close();
      expect(existsSync(folder)).toBe(false);
    });

    it("refuses other kinds, paths that are none, and handles that were changed", async () => {
      expect((await errorOf(() => provider.create("other", { capacity: 1 }))).code).toBe(
        "STORE_UNSUPPORTED",
      );
      for (const path of ["", "a\0b"])
        expect((await errorOf(() => provider.create(kind, { capacity: 1, path }))).name).toBe(
          "TypeError",
        );
      const handle = await usedStore();
      for (const data of [
        null,
        {},
        { path: "x", temporary: false },
        { path: "/x\0", temporary: false },
        { path: "/x" },
      ]) {
        const error = await errorOf(() => provider.open({ ...handle, data }));
        expect(error.code, JSON.stringify(data)).toBe("HANDLE_INVALID");
      }
    });

    it("refuses every method once it is closed, also what still waits", async () => {
      const store = await openStore(under, { capacity: 1, path: join(directory, file) });
      await store.close();
      for (const act of [
        () => store.read(),
        () => store.fence(),
        () => store.sell(order("a")),
        () => store.write({ capacity: 1, remaining: 0, version: 1 }),
        async () => {
          for await (const _ of store.sales());
        },
      ])
        // prettier-ignore
        expect((await errorOf(act)).code).toBe("STORE_CLOSED");
    });
  });

  describe(`${kind} as a store`, () => {
    it("sells nothing to a holder that was overtaken, where a twin without a fence does", async () => {
      const make = (): Promise<AtomicTicketStore> => openStore(under, { capacity: 1, maxSales: 2 });
      expect(await sellsToTheOvertaken(await make())).toBe(false);
      expect(await sellsToTheOvertaken(withoutFence(await make()))).toBe(true);
    });

    it("keeps texts with zeros, quotes and line ends, and tells look-alikes apart", async () => {
      const store = await openStore(under, { capacity: 10 });
      const ids = ["a", "A", "a\0", "a\0b", '"],[', "\n", "é", "e\u0301", "__proto__"];
      for (const id of ids)
        expect(await store.sell({ ...order(id), buyer: id })).toMatchObject({
          order: id,
          buyer: id,
        });
      const other = await provider.open(store.handle);
      const seen = [];
      for await (const sale of other.sales()) seen.push(sale.order);
      expect(seen).toEqual(ids);
      expect(await other.sell(order("a\0"))).toMatchObject({ firstSerial: 2 });
      await other.close();
      await store.close();
    });

    it("an order that is found in the journal changes nothing, whatever its token", async () => {
      const store = await openStore(under, { capacity: 2 });
      const sale = await store.sell(order("a"), 5);
      await store.read(9);
      expect(await store.sell(order("a"), 3)).toEqual(sale);
      expect(await store.sell(order("a"), 99)).toEqual(sale);
      expect(await store.fence()).toBe(9);
      expect(await store.sell(order("too many", 2), 12)).toBeUndefined();
      expect(await store.fence()).toBe(12);
      expect(
        await store.write(
          { capacity: 2, remaining: 0, version: 0 },
          { token: 14, expectedVersion: 7 },
        ),
      ).toBe("conflict");
      expect(await store.fence()).toBe(14);
      await store.close();
    });

    it("refuses a write whose order takes more than is gone", async () => {
      const store = await openStore(under, { capacity: 3 });
      const error = await errorOf(() =>
        store.write({ capacity: 3, remaining: 2, version: 1 }, { order: order("a", 2) }),
      );
      expect(error.name).toBe("RangeError");
      expect((await store.read()).version).toBe(0);
      await store.close();
    });

    it("answers a full disk with STORE_UNAVAILABLE, having lost nothing", async () => {
      const path = join(directory, file);
      const used = await openStore(under, { capacity: 5, path, maxSales: 1000 });
      await used.sell(order("first"));
      await used.close();
      const { data } = used.handle;
      const module = JSON.stringify(new URL("../src/index.ts", import.meta.url).href);
      const script = `const { durableJsonFileStores, sqliteStores } = await import(${module});
        const provider = ${JSON.stringify(kind)} === "sqlite" ? sqliteStores : durableJsonFileStores;
        const store = await provider.open(${JSON.stringify({ module: "@ticketlock/file-store", kind, version: 1, data })});
        const told = ["first"]; let code;
        try { for (let n = 0; n < 100; n++) { const write = await store.write({ capacity: 2 ** 31 - 1, remaining: 2 ** 31 - 5 - n, version: 0 }, { order: { id: "x".repeat(50) + n, buyer: "y".repeat(60), quantity: 1 } }); told.push("x".repeat(50) + n); } }
        catch (error) { code = error.code; }
        let sales = 0; for await (const sale of store.sales()) if (sale.order !== told[sales++]) throw new Error("lost");
        console.log(JSON.stringify({ code, told: told.length, sales }));`;
      // No file may grow beyond this many blocks; Node ignores the signal that comes with it.
      const blocks = kind === "sqlite" ? 100 : 4;
      const child = spawnSync("/bin/bash", ["-c", `ulimit -f ${blocks}; exec "$0" --input-type=module -e "$1"`, process.execPath, script], { encoding: "utf8" }); // prettier-ignore
      const result = JSON.parse(child.stdout || JSON.stringify(child.stderr)) as {
        code: string;
        told: number;
        sales: number;
      };
      expect(result).toMatchObject({ code: "STORE_UNAVAILABLE", sales: result.told });
      expect(result.told).toBeGreaterThan(1);
      const store = await provider.open({
        module: "@ticketlock/file-store",
        kind,
        version: 1,
        data,
      });
      const left = (await store.read()).remaining;
      expect(await store.sell(order("room again"))).toBeDefined();
      expect((await store.read()).remaining).toBe(left - 1);
      expect(existsSync(path)).toBe(true);
      await store.close();
    });
  });

  describe(`a bad file for ${kind}`, () => {
    /** Spoils the closed store's file, and expects it to be refused and left alone. */
    const expectRefusal = async (
      code: string,
      why: string,
      spoil: (path: string) => void,
    ): Promise<void> => {
      const handle = await usedStore();
      const { path } = handle.data as { path: string };
      spoil(path);
      const before = fingerprint(path);
      for (const act of [
        () => provider.open(handle),
        () => provider.create(kind, { capacity: 5, path }),
      ]) {
        const error = await errorOf(act);
        expect(error.code, error.message).toBe(code);
        expect(error.message).toContain(why);
        expect(error.message).toContain(path);
      }
      expect(fingerprint(path)).toBe(before);
    };
    const spoilt = (path: string): string => `${path}.other`;

    it("empty is STORE_CORRUPT", () =>
      expectRefusal("STORE_CORRUPT", kind === "sqlite" ? "something else" : "it is empty", (path) =>
        truncateSync(path, 0),
      ));
    it("cut short is STORE_CORRUPT", () =>
      expectRefusal("STORE_CORRUPT", "", (path) => truncateSync(path, statSync(path).size - 100)));
    it("of something else is STORE_CORRUPT", () =>
      expectRefusal("STORE_CORRUPT", "", (path) =>
        writeFileSync(path, '{"count":1}'.padEnd(9000)),
      ));
    it("a link is STORE_UNAVAILABLE", () =>
      expectRefusal("STORE_UNAVAILABLE", "file", (path) => {
        renameSync(path, spoilt(path));
        symlinkSync(spoilt(path), path);
      }));
    it("a dangling link is STORE_UNAVAILABLE", () =>
      expectRefusal("STORE_UNAVAILABLE", "file", (path) => {
        rmSync(path);
        symlinkSync(spoilt(path), path);
      }));
    it("a directory is STORE_UNAVAILABLE", () =>
      expectRefusal("STORE_UNAVAILABLE", "it is not a regular file", (path) => {
        rmSync(path);
        mkdirSync(path);
      }));
    it("a FIFO is STORE_UNAVAILABLE", () =>
      expectRefusal("STORE_UNAVAILABLE", "it is not a regular file", (path) => {
        rmSync(path);
        expect(spawnSync("mkfifo", [path]).status).toBe(0);
      }));
    it("that others may write to is STORE_UNAVAILABLE", () =>
      expectRefusal("STORE_UNAVAILABLE", "others may write to it", (path) =>
        chmodSync(path, 0o666),
      ));
    it("of somebody else is STORE_UNAVAILABLE", async () => {
      const handle = await usedStore();
      const { path } = handle.data as { path: string };
      // Only root can give a file away; for everybody else there are files of root's.
      const isRoot = process.getuid?.() === 0;
      if (isRoot) chownSync(path, 65534, 65534);
      const data = { path: isRoot ? path : "/etc/passwd", temporary: false };
      const before = fingerprint(data.path);
      const error = await errorOf(() => provider.open({ ...handle, data }));
      expect(error.code).toBe("STORE_UNAVAILABLE");
      expect(error.message).toContain("another user");
      expect(fingerprint(data.path)).toBe(before);
    });

    it("missing is STORE_UNAVAILABLE to those who have its handle", async () => {
      const handle = await usedStore();
      rmSync((handle.data as { path: string }).path);
      expect((await errorOf(() => provider.open(handle))).code).toBe("STORE_UNAVAILABLE");
    });

    it("in a directory that is missing is STORE_UNAVAILABLE", async () => {
      const path = join(directory, "missing", file);
      expect((await errorOf(() => provider.create(kind, { capacity: 1, path }))).code).toBe(
        "STORE_UNAVAILABLE",
      );
    });

    it("nothing is written through links that were planted beside it", async () => {
      const victim = join(directory, "victim");
      writeFileSync(victim, "precious");
      const path = join(directory, "planted");
      for (const end of [".next", ".spare", ".previous"]) symlinkSync(victim, path + end);
      if (kind === "json-durable") rmSync(`${path}.previous`);
      const store = await openStore(under, { capacity: 3, path });
      if (kind === "json-durable") symlinkSync(victim, `${path}.previous`);
      await store.sell(order("a"));
      await store.sell(order("b"));
      expect(await journalFaults(store)).toEqual([]);
      await store.close();
      expect(readFileSync(victim, "utf8")).toBe("precious");
    });
  });
}

/** What is at a path, without following a link. */
function fingerprint(path: string): string {
  const folder = dirname(path);
  const listed = spawnSync("ls", ["-lan", "--time-style=+", folder], { encoding: "utf8" }).stdout;
  const content =
    statSync(path, { throwIfNoEntry: false })?.isFile() === true
      ? readFileSync(path, "base64")
      : "";
  return listed.split("\n").filter((line) => line.includes(path.slice(folder.length + 1))).join("\n") + content; // prettier-ignore
}

/** The twin that takes no notice of tokens. */
function withoutFence(store: AtomicTicketStore): AtomicTicketStore {
  return {
    handle: store.handle,
    guarantees: store.guarantees,
    read: () => store.read(),
    write: (next, commit) => store.write(next, { ...(commit?.order && { order: commit.order }) }),
    sell: (wish) => store.sell(wish),
    fence: () => store.fence(),
    sales: () => store.sales(),
    close: () => store.close(),
  };
}
