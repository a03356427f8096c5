import { describe, expect, test } from "vitest";
import { alternate, type Sample } from "../src/figures/alternate.ts";
import { reportFaults } from "../src/figures/commands.ts";
import { grantFaults } from "../src/figures/recovery.ts";
import { Pacer } from "../src/run/pacer.ts";
import type { Granted } from "../src/workloads/hold-or-wait.ts";
import { sampleReport } from "./sample-report.ts";

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

test("reportFaults tells of a run that was cut short and of cells that it lacks", () => {
  const report = { ...sampleReport(), partial: true };
  const faults = reportFaults(report, [{ adapter: "nobody", lock: "futex" }]);
  expect(faults).toContain("it ended before all blocks were measured");
  expect(faults).toContain("no cell of futex with nobody was measured");
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
