import { join } from "node:path";
import { existsSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import type { Handle, Inventory, Sale } from "@ticketlock/core";
import { describe, expect, it } from "vitest";
import { kvStores } from "../../src/index.ts";
import { startProgram } from "../support/deno.ts";
import { journalFaults, kvFlags, playKv, type Seen } from "../support/kv.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** A (token 1) reads and pauses, B (token 2) reads, then both write: what each is told. */
async function overtake(twin?: string): Promise<readonly unknown[]> {
  const directory = scratchDirectory();
  const path = join(directory, "tickets.db");
  const sold = (id: string): object => ({ id, buyer: id, quantity: 1 });
  const next = (remaining: number): Inventory => ({ capacity: 5, remaining, version: 1 });
  const said = await playKv(directory, [
    { do: "create", capacity: 5, path },
    { do: "open", ...(twin === undefined ? {} : { twin }) },
    { do: "read", token: 1 },
    { do: "read", token: 2 },
    { do: "write", next: next(4), commit: { token: 1, order: sold("A") } },
    { do: "write", next: next(4), commit: { token: 2, order: sold("B") } },
  ]);
  return said
    .slice(4)
    .map((one) => (typeof one === "string" ? one : (one as { code: string }).code));
}

describe("KvTicketStore", () => {
  it("shuts out a holder that was overtaken by another one's read", async () => {
    expect(await overtake()).toEqual(["STORE_STALE_TOKEN", "written"]);
  });

  it("is found out if only writes raise its fence", async () => {
    expect(await overtake("late-fence")).toEqual(["written", "written"]);
  });

  it("gives the same order the same sale, and a twin that does not remember orders is found out", async () => {
    const sold = async (twin: string): Promise<Sale[]> => {
      const directory = scratchDirectory();
      const order = { id: "again", buyer: "b", quantity: 2 };
      const said = await playKv(directory, [
        { do: "create", capacity: 9, path: join(directory, "tickets.db") },
        { do: "open", twin },
        { do: "sell", order },
        { do: "sell", order },
      ]);
      return said.slice(2) as Sale[];
    };
    const [first, second] = await sold("");
    expect(second).toEqual(first);
    const [one, other] = await sold("no-order-key");
    expect(other).not.toEqual(one);
  });

  it("makes changes that are asked for together in few commits, and pages its journal", async () => {
    const directory = scratchDirectory();
    const count = 3_000;
    const said = await playKv<[Handle, string, number, { commits: number }, Seen]>(directory, [
      { do: "create", capacity: count + 1, path: join(directory, "tickets.db") },
      { do: "open" },
      { do: "sellMany", count },
      { do: "retries" },
      { do: "see" },
    ]);
    expect(said[3].commits).toBeLessThan(count / 50);
    expect(journalFaults(said[4])).toEqual([]);
    expect(said[4].sales).toHaveLength(count);
    expect(said[4].sales.at(-1)).toMatchObject({
      order: `many-${count - 1}`,
      firstSerial: count - 1,
    });
  });

  it("lets nobody else read its files, and leaves one file behind when it is closed", async () => {
    const directory = scratchDirectory();
    const path = join(directory, "tickets.db");
    await playKv(directory, [
      { do: "create", capacity: 2, path },
      { do: "open" },
      { do: "sell", order: { id: "a", buyer: "b", quantity: 1 } },
      { do: "close" },
    ]);
    expect(readdirSync(directory)).toEqual(["tickets.db"]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("goes with its temporary directory when it is closed, and with the program that forgets to", async () => {
    for (const steps of [[{ do: "close" }], []]) {
      const all = [{ do: "create", capacity: 2 }, ...(steps.length > 0 ? [{ do: "open" }] : [])];
      const [handle] = await playKv<[Handle]>("/tmp", [...all, ...steps]);
      expect(existsSync(join((handle.data as { path: string }).path, ".."))).toBe(false);
    }
  });

  it("refuses to answer for a change once its file was removed or replaced", async () => {
    const directory = scratchDirectory();
    const path = join(directory, "tickets.db");
    const [handle] = await playKv<[Handle]>(directory, [{ do: "create", capacity: 9, path }]);
    const args = [JSON.stringify(handle), "p", "1", ""];
    const program = startProgram("kv-seller", args, kvFlags(directory));
    await program.until((said) => said.length > 0);
    renameSync(path, `${path}.away`);
    program.tell("go");
    expect(await program.ended).toBe(1);
    expect(program.errors).toContain("was removed or replaced while the store was open");
    expect(program.said).toEqual(["ready"]);
  });
});

describe("A KV store that is not to be had", () => {
  const refused = async (
    path: string,
    directory: string,
  ): Promise<{ code: string; message: string }> => {
    const [said] = await playKv<[{ code: string; message: string }]>(directory, [
      { do: "create", capacity: 2, path },
    ]);
    expect(said.message).toMatch(/^Cannot [^:]+: .+\. .+/);
    return said;
  };

  it("is STORE_UNAVAILABLE for a directory, and for a path that leads nowhere", async () => {
    const directory = scratchDirectory();
    expect((await refused(join(directory, "none", "t.db"), directory)).code).toBe(
      "STORE_UNAVAILABLE",
    );
    const said = await refused(directory, join(directory, ".."));
    expect(said).toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(said.message).toContain("not a regular file");
  });

  it("is STORE_CORRUPT for a file of something else, which is left as it is", async () => {
    const directory = scratchDirectory();
    const path = join(directory, "t.db");
    const rubbish = Buffer.alloc(8_192, "rubbish ");
    writeFileSync(path, rubbish, { mode: 0o600 });
    expect((await refused(path, directory)).code).toBe("STORE_CORRUPT");
    const { DatabaseSync } = await import("node:sqlite");
    const other = join(directory, "other.db");
    const database = new DatabaseSync(other);
    database.exec("CREATE TABLE mine (value)");
    database.close();
    expect((await refused(other, directory)).message).toContain("no database of Deno KV");
    const again = new DatabaseSync(other);
    expect(again.prepare("SELECT name FROM sqlite_schema").all()).toHaveLength(1);
    again.close();
  });

  it("is STORE_CORRUPT for a KV database of something else, and for a damaged one", async () => {
    const directory = scratchDirectory();
    const path = join(directory, "t.db");
    await playKv(directory, [{ do: "create", capacity: 2, path }]);
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(path);
    database.exec("DELETE FROM kv");
    database.close();
    expect((await refused(path, directory)).message).toContain("of something else");
    writeFileSync(path, Buffer.alloc(12_000, 7), { flag: "r+" });
    expect((await refused(path, directory)).code).toBe("STORE_CORRUPT");
  });

  it("is a RangeError for another capacity, and STORE_UNAVAILABLE for a file that others may write to", async () => {
    const directory = scratchDirectory();
    const path = join(directory, "t.db");
    const said = await playKv<[Handle, { code: string }]>(directory, [
      { do: "create", capacity: 2, path },
      { do: "create", capacity: 3, path },
    ]);
    expect(said[1].code).toBe("RangeError");
    const open = join(directory, "open.db");
    writeFileSync(open, "");
    const { chmodSync } = await import("node:fs");
    chmodSync(open, 0o666);
    expect((await refused(open, directory)).message).toContain("others may write to it");
  });

  it("is STORE_UNSUPPORTED in another runtime, which is told what to use instead", async () => {
    await expect(kvStores.create("kv", { capacity: 1 })).rejects.toMatchObject({
      code: "STORE_UNSUPPORTED",
      message: expect.stringContaining("sqlite") as unknown,
    });
  });
});

describe("Deno's SQLite", () => {
  it("waits for the disk at each commit: a write-ahead log, synchronous as SQLite's default is", async () => {
    const directory = scratchDirectory();
    const path = join(directory, "t.db");
    await playKv(directory, [{ do: "create", capacity: 2, path }]);
    const program = startProgram("sqlite-defaults", [path], kvFlags(directory));
    expect(await program.ended).toBe(0);
    const FULL = 2;
    expect(program.said).toEqual([{ journal: "wal", synchronous: FULL }]);
  });
});
