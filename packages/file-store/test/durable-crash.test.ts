import { isTicketlockError } from "@ticketlock/core";
import { describe, expect, it, vi } from "vitest";
import { parseStore } from "../src/store-text.ts";
import { crashEverywhere, failEverywhere, wholeJournal } from "./support/crash-everywhere.ts";
import { createOn, durableOn, PATH } from "./support/durable-on.ts";
import { SimulatedFileSystem } from "./support/simulated-file-system.ts";

/** Settles no content: after a power cut a name may stand for half a file. */
class WithoutFsync extends SimulatedFileSystem {
  override fsync(): void {
    this.step("fsync");
  }
}

/** Settles no names: after a power cut the old file may be back. */
class WithoutDirectoryFsync extends SimulatedFileSystem {
  override fsyncDirectory(): void {
    this.step("fsyncDirectory");
  }
}

/** Replaces a file by writing over it. */
class WithoutRename extends SimulatedFileSystem {
  override rename(from: string, to: string): void {
    const source = this.open(from, "read");
    const content = new Uint8Array(this.facts(source).size);
    this.read(source, content, 0);
    this.close(source);
    if (this.names.has(to)) this.unlink(to);
    const target = this.open(to, "create");
    this.write(target, content, 0);
    this.fsync(target);
    this.close(target);
    this.unlink(from);
  }
}

describe("a durable JSON file", () => {
  it("has every sale that was told, whichever step a kill or a power cut comes before", async () => {
    const { faults, states, steps } = await crashEverywhere(() => new SimulatedFileSystem());
    expect(faults).toEqual([]);
    expect(steps).toBeGreaterThan(80);
    expect(states).toBeGreaterThan(500);
  });

  it("has them too where the disk takes a few bytes at a time", async () => {
    const { faults } = await crashEverywhere(() => new SimulatedFileSystem({ longestWrite: 100 }));
    expect(faults).toEqual([]);
  });

  it.each([
    ["that renames without fsync", WithoutFsync],
    ["that does not settle its directory", WithoutDirectoryFsync],
    ["that writes over the old file instead of renaming", WithoutRename],
  ])("%s is found out", async (_name, Broken) => {
    expect((await crashEverywhere(() => new Broken())).faults.length).toBeGreaterThan(0);
  });

  it.each(["ENOSPC", "EIO", "EDQUOT"] as const)(
    "answers %s at any step with STORE_UNAVAILABLE, the old state intact until the new one has its place",
    async (kind) => {
      const calls = new Set<string>();
      for await (const { call, error, before, after, fileSystem } of failEverywhere(kind)) {
        calls.add(call);
        expect(isTicketlockError(error, "STORE_UNAVAILABLE"), `${call}: ${String(error)}`).toBe(
          true,
        );
        if (call === "fsyncDirectory") expect(after).not.toBe(before);
        else expect(after).toBe(before);
        // Half a file would take room on a disk that is full.
        if (call === "write" || call === "fsync")
          expect(fileSystem.names.has(`${PATH}.next`)).toBe(false);
        // The order is asked for again, in this process or another.
        const store = durableOn(fileSystem);
        expect(await store.sell({ id: "d", buyer: "D", quantity: 1 })).toMatchObject({
          firstSerial: 4,
        });
        await wholeJournal(store);
        for (const left of fileSystem.afterPowerCut())
          expect([...durableOn(left).sales()].map(({ order }) => order)).toEqual(
            ["a", "b", "c", "d"], // prettier-ignore
          );
      }
      expect([...calls].sort()).toEqual(
        ["close", "facts", "fsync", "fsyncDirectory", "link", "open", "read", "rename", "unlink", "write"], // prettier-ignore
      );
    },
  );

  it("goes on in the same instance after a fault of the disk", async () => {
    const fileSystem = new SimulatedFileSystem();
    createOn(fileSystem, 3);
    const store = durableOn(fileSystem);
    await store.sell({ id: "a", buyer: "A", quantity: 1 });
    for (let later = 1; later < 14; later++) {
      fileSystem.fault = { step: fileSystem.steps + later, kind: "EIO" };
      await expect(store.sell({ id: "b", buyer: "B", quantity: 1 })).rejects.toThrow();
    }
    fileSystem.fault = undefined;
    expect(await store.sell({ id: "b", buyer: "B", quantity: 1 })).toMatchObject({
      firstSerial: 1,
    });
    await wholeJournal(store);
  });

  it("may have sold what it refused because the directory could not be settled; asked again, it answers and settles that", async () => {
    const fileSystem = new SimulatedFileSystem();
    createOn(fileSystem, 3);
    const store = durableOn(fileSystem);
    const sellBoth = (): Promise<PromiseSettledResult<unknown>[]> =>
      Promise.allSettled(["a", "b"].map((id) => store.sell({ id, buyer: "A", quantity: 1 })));
    const settle = vi.spyOn(fileSystem, "fsyncDirectory").mockImplementationOnce(() => {
      throw Object.assign(new Error("EIO"), { code: "EIO" });
    });
    const refused = { status: "rejected", reason: { code: "STORE_UNAVAILABLE" } };
    expect(await sellBoth()).toMatchObject([refused, refused]);
    expect(settle).toHaveBeenCalledTimes(1);
    expect(store.read()).toMatchObject({ remaining: 1, version: 2 });
    const undone = [...fileSystem.afterPowerCut()].map((after) => durableOn(after).read());
    expect(undone).toContainEqual({ capacity: 3, remaining: 3, version: 0 });
    expect(await sellBoth()).toMatchObject([
      { status: "fulfilled", value: { order: "a", firstSerial: 0 } },
      { status: "fulfilled", value: { order: "b", firstSerial: 1 } },
    ]);
    for (const after of fileSystem.afterPowerCut())
      expect(durableOn(after).read()).toMatchObject({ remaining: 1 });
    await wholeJournal(store);
  });

  it("refuses a file of which any byte is another, or missing at the end", async () => {
    expect(await undetectedDamage((content) => parseStore(PATH, content))).toEqual([]);
  });

  it("without a look at its checksum is found out", async () => {
    const trusting = (content: Buffer): void => {
      const { store } = JSON.parse(content.toString()) as { store: { remaining: unknown } };
      if (!Number.isSafeInteger(store.remaining)) throw new TypeError("no count");
    };
    expect((await undetectedDamage(trusting)).length).toBeGreaterThan(0);
  });
});

/** Places at which a changed or missing byte goes unnoticed. */
async function undetectedDamage(read: (content: Buffer) => void): Promise<string[]> {
  const fileSystem = new SimulatedFileSystem();
  createOn(fileSystem, 5);
  const store = durableOn(fileSystem);
  for (const id of ["a", "b"]) await store.sell({ id, buyer: "somebody", quantity: 1 });
  const whole = Buffer.from(fileSystem.names.get(PATH)!.content);
  read(whole);
  const missed: string[] = [];
  const mustThrow = (content: Buffer, what: string): void => {
    try {
      read(content);
    } catch (error) {
      if (!isTicketlockError(error) || error.code === "STORE_CORRUPT") return;
    }
    missed.push(what);
  };
  for (let at = 0; at < whole.length; at++) {
    mustThrow(whole.subarray(0, at), `cut at ${at}`);
    for (const bit of [0, 3, 7]) {
      const damaged = Buffer.from(whole);
      damaged[at] = damaged[at]! ^ (1 << bit);
      mustThrow(damaged, `bit ${bit} of byte ${at}`);
    }
  }
  return missed;
}
