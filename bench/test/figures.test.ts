import { fileURLToPath } from "node:url";
import type { Adapter, LockGuarantees } from "@ticketlock/core";
import { describe, expect, test } from "vitest";
import { alternate, type Sample } from "../src/figures/alternate.ts";
import { reportFaults } from "../src/figures/commands.ts";
import { handOffsOf, measureHandOff } from "../src/figures/hand-off.ts";
import { grantFaults, measureRecovery, ticketFaults } from "../src/figures/recovery.ts";
import { saleFaults } from "../src/figures/store-modes.ts";
import { nearestRank } from "../src/statistics/nearest-rank.ts";
import { Pacer } from "../src/run/pacer.ts";
import { type Granted, rewrite } from "../src/workloads/hold-or-wait.ts";
import { CounterSession } from "../src/figures/counter-session.ts";
import type { BlockResult } from "../src/run/block.ts";
import { chooseAdapters } from "../src/run/prepare.ts";
import type { Held } from "../src/workloads/hand-off.ts";
import { adapter as forgetful } from "./forgetful-adapter.ts";
import { ONE_ADAPTER } from "./run-main.ts";
import { sampleBlock, sampleReport } from "./sample-report.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const adapterName = ONE_ADAPTER[1]!;

function samples(list: readonly Sample[]): () => Promise<Sample> {
  const left = [...list];
  return () => Promise.resolve(left.shift()!);
}

const quiet = (nsPerOperation: number): Sample => ({ nsPerOperation, disturbed: false });
const noisy = (nsPerOperation: number): Sample => ({ nsPerOperation, disturbed: true });

describe("alternate", () => {
  test("leaves disturbed rounds out where five others are left", async () => {
    const values = [10, 10, 10, 10, 10].map(quiet).concat([90, 90].map(noisy));
    const controls = Array.from({ length: 7 }, () => quiet(20));
    const compared = await alternate(samples(values), samples(controls), true, 7);
    expect(compared).toMatchObject({ value: 10, control: 20, ratio: 2, used: [0, 1, 2, 3, 4] });
    expect(compared.rounds).toContain("5 of 7");
  });

  test("uses all rounds where fewer than five were undisturbed, and says so", async () => {
    const values = [10, 10, 10, 10].map(quiet).concat([90].map(noisy));
    const controls = Array.from({ length: 5 }, () => quiet(20));
    const compared = await alternate(samples(values), samples(controls), true, 5);
    expect(compared.used).toHaveLength(5);
    expect(compared.rounds).toContain("all 5 rounds count");
  });
});

describe("grantFaults", () => {
  const grant = (token: number, at: number, abandoned: boolean): Granted => ({
    token,
    abandoned,
    grantedNs: String(at),
    releasingNs: String(at + 10),
    clockErrorNs: 0,
    ticket: token,
  });

  test("finds nothing wrong with waiters granted one after the other", () => {
    expect(grantFaults(100n, [grant(2, 200, true), grant(3, 220, false)])).toEqual([]);
  });

  test.each([
    ["before the holder's end", [grant(2, 50, true), grant(3, 220, false)]],
    ["not told that the lock was abandoned", [grant(2, 200, false), grant(3, 220, false)]],
    ["before the one before it", [grant(2, 200, true), grant(3, 205, false)]],
    ["1 of 2 waiters granted", [grant(2, 200, true)]],
  ])("tells of a waiter %s", (fault, grants) => {
    expect(grantFaults(100n, grants).join()).toContain(fault);
  });
});

test("grantFaults asks no more of two clocks than they know, and wants as many grants as there were waiters", () => {
  const granted = { abandoned: true, ticket: 0, releasingNs: "300" };
  const early = { ...granted, token: 2, grantedNs: "95", clockErrorNs: 5 };
  expect(grantFaults(100n, [early], 1)).toEqual([]);
  expect(grantFaults(101n, [early], 1).join()).toContain("before the holder's end");
  expect(grantFaults(100n, [early], 3).join()).toContain("1 of 3 waiters granted");
  const next = { ...granted, token: 3, grantedNs: "294", clockErrorNs: 1 };
  expect(grantFaults(100n, [early, next])).toEqual([]);
  const sooner = { ...next, grantedNs: "293" };
  expect(grantFaults(100n, [early, sooner]).join()).toContain("before the one before it");
});

describe("ticketFaults", () => {
  const shows = (counted: number): { readNow: () => number } => ({ readNow: () => counted });

  test("finds nothing wrong where each ticket was had once and all were counted", () => {
    expect(ticketFaults([0, 1, 2], shows(3))).toEqual([]);
  });

  test("tells of a ticket sold twice, and of one that the counter lost", () => {
    expect(ticketFaults([0, 1, 1], shows(2))).toEqual([
      "1 tickets sold twice",
      "3 tickets were taken, and the counter shows 2",
    ]);
  });
});

test("rewrite loses the ticket of whoever is let in beside it, and ticketFaults tells of it", () => {
  let counter = 1;
  const words = {
    readNow: (): number => {
      const read = counter;
      counter++; // somebody takes ticket 1 before what was read is written
      return read;
    },
    writeNow: (_word: number, value: number): void => void (counter = value),
  };
  rewrite(words);
  expect(ticketFaults([0, 1], { readNow: () => counter })).toEqual([
    "2 tickets were taken, and the counter shows 1",
  ]);
});

describe("handOffsOf", () => {
  const held = (token: number, grantedUs: number, releasingUs: number): Held => ({
    token,
    grantedNs: String(grantedUs * 1_000),
    releasingNs: String(releasingUs * 1_000),
  });

  test("gives the times from each release to the other contender's grant, in ascending order", () => {
    const result = handOffsOf([
      [held(1, 0, 100), held(3, 260, 300)],
      [held(2, 140, 200), held(4, 330, 400)],
    ]);
    expect(result).toEqual({ us: [30, 40, 60], faults: [] });
  });

  test("tells of a waiter that was passed over, and of a grant before the release", () => {
    const { faults } = handOffsOf([[held(1, 0, 100), held(2, 110, 200)], [held(3, 190, 300)]]);
    expect(faults).toEqual([
      "1 times a waiter was passed over by one that did not wait",
      "1 grants before the lock was given back",
    ]);
  });
});

describe("saleFaults", () => {
  const sale = (result: BlockResult | Error): Parameters<typeof saleFaults>[0] => ({
    store: "s",
    mode: "mutex",
    lock: "l",
    result,
  });

  test("finds nothing wrong with a sale that adds up", () => {
    expect(saleFaults(sale(sampleBlock(100, { oversold: 0 })))).toEqual([]);
  });

  test("tells of what was oversold, lost, entered twice, or could not be read", () => {
    const wrong = sampleBlock(100, { oversold: 3, lost: 5, overlaps: 2 });
    expect(saleFaults(sale(wrong)).join("; ")).toMatch(/3 oversold.*13 updates lost.*2 overlaps/);
    expect(saleFaults(sale(sampleBlock(100)))).toEqual(["mutex from s: nothing was sold out"]);
    expect(saleFaults(sale(new Error("unreadable")))).toEqual(["mutex from s: unreadable"]);
  });
});

async function soundAdapter(): Promise<Adapter> {
  const [cast] = chooseAdapters(ROOT, [adapterName]);
  return ((await import(cast!.entries[0]!.moduleUrl)) as { adapter: Adapter }).adapter;
}

function firstKind({ locks }: Adapter): readonly [string, LockGuarantees] {
  return [...locks[0]!.kinds][0]!;
}

test("CounterSession finds the updates that contenders without a lock lose", async () => {
  const session = await CounterSession.open(await soundAdapter(), "none", 2);
  try {
    // Contenders that take turns on one busy core seldom meet: they count until they have.
    const deadlineMs = performance.now() + 30_000;
    let lost = 0;
    while (lost === 0 && performance.now() < deadlineMs) lost = await session.countTo(1_000_000);
    expect(lost).toBeGreaterThan(0);
  } finally {
    await session.close();
  }
});

describe("measureRecovery", () => {
  const how = { trials: 4, perSession: 2, sessions: 2 };
  const never = new AbortController().signal;

  test("ends holders one after the other in one session, and finds nothing wrong with a sound lock", async () => {
    const sound = await soundAdapter();
    const [lock] = firstKind(sound);
    const { faults, detail } = await measureRecovery([sound], { lock, ...how }, never);
    expect(faults).toEqual([]);
    expect(detail).toContain("4 holders ended");
    expect(detail).toContain("8 of 8 waiters granted");
    expect(detail).toContain("4 of 4 deaths told");
  });

  test("tells of a lock that forgets its holders' deaths", async () => {
    const [lock] = firstKind(forgetful);
    const { faults, detail } = await measureRecovery([forgetful], { lock, ...how }, never);
    expect(faults).toHaveLength(3);
    expect(faults[0]).toContain("not told that the lock was abandoned");
    expect(detail).toContain("0 of 4 deaths told");
  });
});

test("measureHandOff finds a hand-off in every grant but the first, and sees an event loop that a wait blocks", async () => {
  const sound = await soundAdapter();
  const [lock, { blocking }] = firstKind(sound);
  const { signal } = new AbortController();
  const size = { rounds: 10, longRounds: 2, longMs: 50 };
  const { detail, range } = await measureHandOff(sound, lock, size, signal);
  expect(detail).toContain("19 hand-offs");
  expect(range![0]).toBeGreaterThan(0);
  if (blocking) expect(Number(/control: up to (\d+) ms/.exec(detail)?.[1])).toBeGreaterThan(25);
});

test("nearestRank is a value that was seen", () => {
  const values = Array.from({ length: 100 }, (_, i) => i + 1);
  expect([0.01, 0.5, 0.99, 1].map((p) => nearestRank(values, p))).toEqual([1, 50, 99, 100]);
  expect(nearestRank([], 0.5)).toBe(Infinity);
});

test("reportFaults tells of a run that was cut short and of cells that it lacks", () => {
  const report = { ...sampleReport(), partial: true };
  const faults = reportFaults(report, [
    { adapter: "sample", lock: "futex", contenders: 2 },
    { adapter: "nobody", lock: "futex", contenders: 2 },
  ]);
  expect(faults).toContain("it ended before all blocks were measured");
  expect(faults).toContain("no cell of futex with 2 of nobody was measured");
  expect(faults.join()).not.toContain("of sample was measured");
});

test("Pacer counts from where all compete, one operation at a time until then", () => {
  let now = 0n;
  const batches: number[] = [];
  const pacer = new Pacer(() => now, true);
  const run = (batch: number): void => {
    batches.push(batch);
    now += BigInt(batch) * 1_000n;
  };
  const span = { beginNs: 5_000_000n, endNs: 6_000_000n, tailNs: 7_000_000n };
  const gathering = { beginNs: (at: bigint) => (at < 20_000n ? undefined : 9_000_000n) };
  const first = pacer.runSync(span, run, gathering);
  expect(batches.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 1));
  expect(Math.max(...batches)).toBeGreaterThan(100);
  expect(first.beganNs).toBeGreaterThanOrEqual(9_000_000n);
  expect(first.endedNs).toBeGreaterThanOrEqual(10_000_000n);
  expect(first.all).toBe(batches.reduce((sum, batch) => sum + batch, 0));
  batches.length = 0;
  pacer.runSync({ beginNs: now, endNs: now + 1_000n, tailNs: now + 1_000n }, run);
  expect(batches).toEqual([1]); // nothing is left of the last window's batch
});
