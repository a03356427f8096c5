import os from "node:os";
import { describe, expect, test } from "vitest";
import { inParallel } from "../src/run/prepare.ts";

const workers = os.availableParallelism();
const items = Array.from({ length: workers + 3 }, (_, i) => i);
const open = (): AbortSignal => new AbortController().signal;

/** Rejects with the signal's reason as soon as there is one. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
}

describe("inParallel", () => {
  test("gives the results in order, whichever comes first", async () => {
    const ends = items.map(() => Promise.withResolvers<number>());
    const all = inParallel(items, open(), (item) => ends[item]!.promise);
    for (const item of items.toReversed()) ends[item]!.resolve(item * 10);
    expect(await all).toEqual(items.map((item) => item * 10));
  });

  test("begins nothing more once one has failed, and throws what failed when all have ended", async () => {
    const begun: number[] = [];
    let ended = 0;
    const work = async (item: number, signal: AbortSignal): Promise<void> => {
      begun.push(item);
      if (item === workers - 1) throw new Error("the last of the first is broken");
      await untilAborted(signal).finally(() => ended++);
    };
    await expect(inParallel(items, open(), work)).rejects.toThrow("the last of the first");
    expect(begun).toEqual(items.slice(0, workers));
    expect(ended).toBe(workers - 1);
  });

  test("is called off by its signal, with that one's reason", async () => {
    const stop = new AbortController();
    const begun: number[] = [];
    const all = inParallel(items, stop.signal, (item, signal) => {
      begun.push(item);
      return untilAborted(signal);
    });
    stop.abort(new Error("enough"));
    await expect(all).rejects.toThrow("enough");
    expect(begun).toEqual(items.slice(0, workers));
  });
});
