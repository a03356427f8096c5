import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { durableJsonFileStores } from "@ticketlock/file-store";
import { describe, expect, it } from "vitest";
import { createMutex, openMutex } from "../src/index.ts";
import { lockKinds } from "../src/lock-kinds.ts";
import { testState, untilState } from "./session-kit.ts";

describe.each([...lockKinds.keys()])("openMutex of kind %s", (kind) => {
  it("issues tokens above tokensAbove, of a new lock and of one that is there already", async () => {
    const stateDirectory = testState();
    const options = { kind, stateDirectory };
    const first = await openMutex("orders", { ...options, tokensAbove: 40 });
    const token = (mutex: { runExclusive: typeof first.runExclusive }): Promise<number> =>
      mutex.runExclusive((guard) => guard.token);
    expect(await token(first)).toBe(41);
    const held = await first.acquire();
    const second = await openMutex("orders", { ...options, tokensAbove: 2 ** 40 });
    held.release(); // a hold outlives the raising
    expect(await token(second)).toBe(2 ** 40 + 1);
    expect(await token(first)).toBe(2 ** 40 + 2);
    first.close();
    second.close();
    const third = await openMutex("orders", { ...options, tokensAbove: 7 });
    expect(await token(third)).toBeGreaterThan(2 ** 40 + 2);
    third.close();
  });

  it("serves a store that outlives the state directory, given the store's fence", async () => {
    const stateDirectory = testState();
    const path = join(dirname(stateDirectory), "tickets.json");
    const made = await durableJsonFileStores.create("json-durable", { path, capacity: 4 });
    const store = await durableJsonFileStores.open(made);
    const read = async (tokensAbove: number): Promise<unknown> => {
      const mutex = await openMutex("orders", { kind, stateDirectory, tokensAbove });
      try {
        return await mutex.runExclusive(({ token }) => store.read(token));
      } finally {
        mutex.close();
      }
    };
    await read(2 ** 45);
    rmSync(stateDirectory, { recursive: true }); // as a restart of the host does
    expect(await store.fence()).toBe(2 ** 45 + 1);
    await expect(read(0)).rejects.toMatchObject({ code: "STORE_STALE_TOKEN" });
    expect(await read(await store.fence())).toMatchObject({ remaining: 4 });
    await store.close();
  });

  it("has the room that maxContenders says", async () => {
    const options = { kind, stateDirectory: testState(), maxContenders: 2 };
    const mutexes = [await openMutex("orders", options), await openMutex("orders", options)];
    const [first, second] = mutexes as [(typeof mutexes)[0], (typeof mutexes)[0]];
    if (kind === "mapped") {
      // Its room is for openings.
      await expect(openMutex("orders", { ...options, maxContenders: 9 })).rejects.toMatchObject({
        code: "QUEUE_FULL",
        message: expect.stringContaining("maxContenders"),
      });
    } else {
      const guard = await first.acquire();
      const waiting = [second.acquire(), second.acquire()];
      await untilState(first, ({ waiters }) => waiters === 2);
      await expect(first.acquire()).rejects.toMatchObject({ code: "QUEUE_FULL" });
      guard.release();
      for (const one of waiting) (await one).release();
    }
    for (const mutex of mutexes) mutex.close();
  });

  it.each([
    { tokensAbove: -1 },
    { tokensAbove: 2 ** 53 },
    { tokensAbove: "7" },
    { maxContenders: 0 },
    { maxContenders: 65_537 },
  ])("refuses the options %j, and records nothing", async (wrong) => {
    const stateDirectory = testState();
    const options = { kind, stateDirectory, ...(wrong as object) };
    await expect(openMutex("orders", options)).rejects.toThrow(RangeError);
    expect(readdirSync(stateDirectory)).toEqual([]);
  });

  it("refuses with a handle what only the maker can say", async () => {
    const mutex = await createMutex({ kind, stateDirectory: testState() });
    for (const option of [{ tokensAbove: 7 }, { maxContenders: 7 }])
      await expect(openMutex(mutex.handle, option)).rejects.toThrow(TypeError);
    mutex.close();
  });
});

describe("openMutex of kind mapped", () => {
  it("has room for a thousand openings of a name", async () => {
    const stateDirectory = testState();
    const mutexes = [];
    for (let i = 0; i < 1_000; i++) mutexes.push(await openMutex("orders", { stateDirectory }));
    await mutexes.at(-1)!.runExclusive(({ token }) => expect(token).toBe(1));
    for (const mutex of mutexes) mutex.close();
  });
});
