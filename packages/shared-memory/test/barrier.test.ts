import { describe, expect, test } from "vitest";
import { Barrier } from "../src/index.ts";
import { fakePlatform, MODULE } from "./fake-platform.ts";

/** A barrier of so many parties, opened as if by threads 1, 2, ... */
function openAll(parties: number, gone: Set<number> = new Set()): Barrier[] {
  const handle = Barrier.create(MODULE, { parties });
  return Array.from(
    { length: parties },
    (_, i) => new Barrier(handle, fakePlatform(i + 1, { osThreadId: 101 + i, gone })),
  );
}

const broken: unknown = expect.objectContaining({ code: "BARRIER_BROKEN" });

describe("Barrier", () => {
  test("lets all go when the last has come, meeting after meeting", async () => {
    const barriers = openAll(3);
    for (let meeting = 0; meeting < 5; meeting++) {
      const come: number[] = [];
      await Promise.all(
        barriers.map(async (barrier, i) => {
          come.push(i);
          await barrier.wait();
          expect(come).toHaveLength(3);
        }),
      );
    }
    expect(barriers[0]!.broken).toBe(false);
  });

  test("lets a single party through at once, blocking or not", async () => {
    const [barrier] = openAll(1) as [Barrier];
    barrier.waitSync({ timeoutMs: 0 });
    await barrier.wait({ timeoutMs: 0 });
    barrier.waitSync();
  });

  test.for([0, 20])("breaks for good when a party's %i ms are over", async (timeoutMs) => {
    const [one, two, three] = openAll(3) as [Barrier, Barrier, Barrier];
    const waiting = one.wait();
    expect(() => two.waitSync({ timeoutMs })).toThrow(broken);
    await expect(waiting).rejects.toEqual(broken);
    await expect(three.wait()).rejects.toEqual(broken);
    expect(() => three.waitSync()).toThrow(broken);
    expect(three.broken).toBe(true);
  });

  test("breaks with a signal, whose party gets the signal's own reason", async () => {
    const [one, two] = openAll(3) as [Barrier, Barrier];
    const abort = new AbortController();
    const [aborted, waiting] = [one.wait({ signal: abort.signal }), two.wait()];
    abort.abort("changed my mind");
    await expect(aborted).rejects.toBe("changed my mind");
    await expect(waiting).rejects.toEqual(broken);
  });

  test.for([{ timeoutMs: -1 }, { timeoutMs: Number.NaN }, { signal: AbortSignal.abort("no") }])(
    "does not count, or break for, a party that comes with %o",
    async (options) => {
      const [one, two] = openAll(2) as [Barrier, Barrier];
      await expect(one.wait(options)).rejects.toBeDefined();
      const { timeoutMs } = options;
      if (timeoutMs !== undefined) expect(() => one.waitSync({ timeoutMs })).toThrow(RangeError);
      expect(one.broken).toBe(false);
      await Promise.all([one.wait(), two.wait()]);
    },
  );

  test("is not broken at the next meeting by one who gave up as the last came", () => {
    const [one, two] = openAll(2) as [Barrier, Barrier];
    const { now } = performance;
    let timeMs = 0;
    // The last party comes after the other's last look at the meeting and before it gives up.
    performance.now = () => {
      timeMs += 1_000;
      if (timeMs === 2_000) two.waitSync();
      return timeMs;
    };
    one.waitSync({ timeoutMs: 500 });
    performance.now = now;
    expect(one.broken).toBe(false);
  });

  test("breaks when a party's thread dies, told or found gone, but not after it has closed", async () => {
    const gone = new Set<number>();
    const told = openAll(2);
    const waiting = told[0]!.wait();
    told[0]!.recover(2);
    await expect(waiting).rejects.toEqual(broken);

    const found = openAll(2, gone);
    gone.add(102);
    expect(() => found[0]!.waitSync({ timeoutMs: 5_000 })).toThrow(broken);
    gone.clear();

    const awaited = openAll(2, gone);
    gone.add(102);
    await expect(awaited[0]!.wait({ timeoutMs: 5_000 })).rejects.toThrow("given up or died");
    gone.clear();

    const closed = openAll(2, gone);
    closed[1]!.close();
    closed[1]!.close();
    gone.add(102);
    closed[0]!.recover(2);
    expect(closed[0]!.broken).toBe(false);
    expect(() => closed[1]!.waitSync()).toThrow(broken);
  });

  test.for([0, -1, 1.5, 257, Number.NaN])("refuses %d parties", (parties) => {
    expect(() => Barrier.create(MODULE, { parties })).toThrow(RangeError);
  });

  test.for([
    null,
    undefined,
    {},
    { module: MODULE, kind: "queue", version: 1, data: new SharedArrayBuffer(4_096) },
  ])("refuses the handle %o", (handle) => {
    const open = (): Barrier => new Barrier(handle as never, fakePlatform(1));
    expect(open).toThrow(expect.objectContaining({ code: "HANDLE_INVALID" }));
  });
});
