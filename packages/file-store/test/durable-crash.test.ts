import { isTicketlockError } from "@ticketlock/core";
import { describe, expect, it, vi } from "vitest";
import { parseStore } from "../src/store-text.ts";
import { FsyncsAgain, GroupsUnsettled, SettlesOwnOnly, WithoutChecksum, WithoutDirectoryFsync, WithoutFsync, WithoutRename } from "./support/broken-disks.ts"; // prettier-ignore
import { chooserFrom } from "./support/choose.ts";
import { CAPACITY, crashEverywhere, type Life } from "./support/crash-everywhere.ts";
import { createOn, durableOn, PATH } from "./support/durable-on.ts";
import { type Act, acts, failEverywhere } from "./support/fail-everywhere.ts";
import { type DiskOptions, SimulatedFileSystem } from "./support/simulated-file-system.ts";
import { fill, sell, wholeJournal } from "./support/told.ts";

const sound = (options?: DiskOptions) => (): SimulatedFileSystem => new SimulatedFileSystem(options); // prettier-ignore

/** More than two kilobytes: a file of five sectors, and then of six. */
const SALES_BEFORE = 26;
const before: Life = async (fileSystem, told) => {
  createOn(fileSystem, CAPACITY);
  told.created = true;
  await fill(durableOn(fileSystem), SALES_BEFORE, told);
};

/** A disk that lies leaves so much that some of it must do. */
const few = { stopsAgain: 0, mostCuts: 16 };

describe("a durable JSON file", () => {
  it("has every sale that was told, whichever step a kill or a power cut comes before", async () => {
    const { faults, images, steps, again } = await crashEverywhere({ make: sound() });
    expect(faults).toEqual([]);
    expect(steps).toBeGreaterThan(100);
    expect(images.size).toBeGreaterThan(150);
    expect(again).toBeGreaterThan(50);
  });

  it("has them too where it takes several sectors, and some of these are written and some are not", async () => {
    const { faults, images, torn } = await crashEverywhere({ make: sound(), before });
    expect(faults).toEqual([]);
    expect(images.size).toBeGreaterThan(500);
    expect(torn).toBeGreaterThan(300);
  });

  it("has them too where the disk takes and gives a few bytes at a time", async () => {
    const make = sound({ longestWrite: 100, longestRead: 90 });
    expect((await crashEverywhere({ make })).faults).toEqual([]);
  });

  it("is as it was at some time, or is refused, after a disk that lies has lost sectors of it", async () => {
    const report = await crashEverywhere({ make: sound({ lies: true }), before, ...few });
    expect(report.faults).toEqual([]);
    expect(report.torn).toBeGreaterThan(300);
    expect(report.refused).toBeGreaterThan(300);
  });

  it.each([
    ["that renames without fsync", WithoutFsync],
    ["that does not settle its directory", WithoutDirectoryFsync],
    ["that writes over the old file instead of renaming", WithoutRename],
    ["of which groups of two or more sales go unsettled", GroupsUnsettled],
    ["that does not settle what one has written who was killed", SettlesOwnOnly],
  ])("%s is found out", async (_name, Broken) => {
    expect((await crashEverywhere({ make: () => new Broken() })).faults).not.toEqual([]);
  });

  it("that sells one order at a time does not show that groups go unsettled", async () => {
    const oneByOne: Life = async (fileSystem, told) => {
      createOn(fileSystem, CAPACITY);
      told.created = true;
      for (const id of ["a", "b"]) await sell(durableOn(fileSystem), id, told);
    };
    const alone = { make: () => new GroupsUnsettled(), live: oneByOne, stopsAgain: 0 };
    expect((await crashEverywhere(alone)).faults).toEqual([]);
  });

  it("whose checksum nobody looks at is found out, by what a disk that lies has torn", async () => {
    const make = (): SimulatedFileSystem => new WithoutChecksum({ lies: true });
    const { faults } = await crashEverywhere({ make, before, ...few });
    expect(faults).toContainEqual(expect.stringMatching(/opens what it never was|differ/));
  });

  const kinds = ["ENOSPC", "EIO", "EDQUOT", "EINTR"] as const;
  it.each(kinds.flatMap((kind) => Object.keys(acts).map((act) => [kind, act as Act] as const)))(
    "answers %s at any step of %s with STORE_UNAVAILABLE, the old state intact until the new one has its place",
    async (kind, act) => {
      const calls = new Set<string>();
      for await (const { call, step, faults, fileSystem } of failEverywhere({ kind, act })) {
        calls.add(call);
        expect(faults, `step ${step} (${call})`).toEqual([]);
        // Half a file would take room on a disk that is full.
        if (call === "write" || call === "fsync")
          expect(fileSystem.names.has(`${PATH}.next`)).toBe(false);
      }
      expect([...calls]).toEqual(expect.arrayContaining(["create", "write", "fsync", "link"]));
    },
  );

  it.each(["ENOSPC", "EIO", "EDQUOT"] as const)(
    "answers so for as long as %s stays",
    async (kind) => {
      for (const act of Object.keys(acts) as Act[])
        for await (const { call, step, faults } of failEverywhere({ kind, act, stays: true }))
          expect(faults, `${act}, step ${step} (${call})`).toEqual([]);
    },
  );

  it("that takes a second fsync for good after one that failed is found out", async () => {
    const all: string[] = [];
    const make = (): SimulatedFileSystem => new FsyncsAgain();
    for await (const { faults } of failEverywhere({ kind: "EIO", make })) all.push(...faults);
    expect(all).toContainEqual(expect.stringMatching(/^(a|after a) power cut/));
  });

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
    const undone = [...fileSystem.afterPowerCut(chooserFrom(1))].map((after) =>
      durableOn(after).read(),
    );
    expect(undone).toContainEqual({ capacity: 3, remaining: 3, version: 0 });
    expect(await sellBoth()).toMatchObject([
      { status: "fulfilled", value: { order: "a", firstSerial: 0 } },
      { status: "fulfilled", value: { order: "b", firstSerial: 1 } },
    ]);
    for (const after of fileSystem.afterPowerCut(chooserFrom(1)))
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
