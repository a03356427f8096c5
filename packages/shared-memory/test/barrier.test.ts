import { isTicketlockError } from "@ticketlock/core";
import { describe, expect, test } from "vitest";
import { Barrier } from "../src/barrier.ts";
import { fakePlatform, MODULE } from "./fake-platform.ts";

function parties(count: number, gone: Set<number> = new Set()): Barrier[] {
  const handle = Barrier.create(MODULE, { parties: count });
  return Array.from(
    { length: count },
    (_, i) => new Barrier(handle, fakePlatform(i + 1, { osThreadId: i + 1, gone })),
  );
}

const isBroken = (error: unknown): boolean => isTicketlockError(error, "BARRIER_BROKEN");

describe("Barrier", () => {
  test("lets all go when the last has come, again and again", async () => {
    const [a, b, c] = parties(3) as [Barrier, Barrier, Barrier];
    for (let meeting = 0; meeting < 3; meeting++) {
      let gone = 0;
      const waits = [a.wait(), b.wait()].map((wait) => wait.then(() => gone++));
      await new Promise((resolve) => setImmediate(resolve));
      expect(gone).toBe(0);
      c.waitSync({ timeoutMs: 1_000 });
      await Promise.all(waits);
    }
  });

  test("breaks for all when one gives up", async () => {
    const [a, b, c] = parties(3) as [Barrier, Barrier, Barrier];
    const waits = a.wait();
    await expect(b.wait({ timeoutMs: 5 })).rejects.toSatisfy(isBroken);
    await expect(waits).rejects.toSatisfy(isBroken);
    expect(() => c.waitSync()).toThrow(/Cannot meet/);
    expect(c.broken).toBe(true);
  });

  test("counts nobody in whose arguments are wrong", async () => {
    const [a, b] = parties(2) as [Barrier, Barrier];
    expect(() => a.waitSync({ timeoutMs: -1 })).toThrow(RangeError);
    await expect(a.wait({ timeoutMs: Number.NaN })).rejects.toThrow(RangeError);
    expect(() => a.waitSync({ timeoutMs: 0 })).toThrow(/Cannot meet/); // it is alone, not the second
    expect(b.broken).toBe(true);
  });

  test("is not broken at the next meeting by one who gave up as the last came", () => {
    const [a, b] = parties(2) as [Barrier, Barrier];
    const { now } = performance;
    let time = 0;
    // The last party comes after a's last look at the meeting and before it gives up.
    performance.now = () => {
      time += 1_000;
      if (time === 2_000) b.waitSync();
      return time;
    };
    a.waitSync({ timeoutMs: 500 });
    performance.now = now;
    expect(a.broken).toBe(false);
  });

  test("breaks when the thread of a party is gone, without being told", async () => {
    const gone = new Set<number>();
    const [a] = parties(2, gone) as [Barrier, Barrier];
    gone.add(2);
    await expect(a.wait({ timeoutMs: 2_000 })).rejects.toThrow(/given up or died/);
  });

  test("breaks at once when it is told of a death", async () => {
    const [a, b] = parties(2) as [Barrier, Barrier];
    const wait = a.wait();
    a.recover(2);
    await expect(wait).rejects.toSatisfy(isBroken);
    expect(b.broken).toBe(true);
  });

  test("refuses an impossible number of parties", () => {
    for (const count of [0, -1, 1.5, 257, Number.NaN])
      expect(() => Barrier.create(MODULE, { parties: count })).toThrow(RangeError);
  });
});
