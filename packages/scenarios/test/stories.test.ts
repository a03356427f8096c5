import { describe, expect, test } from "vitest";
import { type ScenarioName, type Verdict } from "../src/index.ts";
import { candidates } from "./adapters.ts";
import { runCli, verdictOf } from "./run-cli.ts";

const THINK_MS = 10;
const all = await candidates();

/** What a ticket story for one ticket must give, said once more and by other words than in the story itself. */
const ticketStories: Readonly<
  Record<
    string,
    { sold: (n: number) => number; seen: (n: number) => number[]; thinks?: (n: number) => number }
  >
> = {
  unlocked: { sold: (n) => n, seen: everyoneSees1, thinks: () => 3 },
  "own-mutex": { sold: (n) => n, seen: everyoneSees1, thinks: () => 3 },
  mutex: { sold: () => 1, seen: everyoneSees1, thinks: (n) => n + 2 },
  "misplaced-mutex": { sold: () => 1, seen: firstSees1, thinks: (n) => 2 * n + 1 },
  join: { sold: () => 1, seen: firstSees1, thinks: (n) => 2 * n + 1 },
  queue: { sold: () => 1, seen: everyoneSees1, thinks: (n) => n + 2 },
  optimistic: { sold: () => 1, seen: everyoneSees1 },
  atomic: { sold: () => 1, seen: everyoneSees1 },
};

function everyoneSees1(buyers: number): number[] {
  return Array.from({ length: buyers }, () => 1);
}

function firstSees1(buyers: number): number[] {
  return Array.from({ length: buyers }, (_, place) => (place === 0 ? 1 : 0));
}

test("there is an adapter to play on", () => {
  expect(all.length).toBeGreaterThan(0);
});

describe.each(all)("on $entry.name", ({ entry, playable, kinds }) => {
  async function play(scenario: ScenarioName, ...options: string[]): Promise<Verdict> {
    const result = await runCli([
      scenario,
      "--adapter",
      entry.name,
      "--think",
      String(THINK_MS),
      "--json",
      ...options,
    ]);
    expect(result.stderr).toBe("");
    expectOrderOfTime(result.stdout);
    const verdict = verdictOf(result);
    expect(verdict.unexpected).toEqual([]);
    expect(verdict).toMatchObject({ scenario, adapter: entry.name, asExpected: true });
    expect(result.code).toBe(0);
    return verdict;
  }
  /** What an adapter does not declare the store for, it cannot play. */
  const plays = (scenario: ScenarioName): typeof test =>
    (playable.includes(scenario) ? test : test.skip) as typeof test;

  describe.each([5, 10, 11])("with %i buyers", (buyers) => {
    for (const [scenario, must] of Object.entries(ticketStories)) {
      plays(scenario as ScenarioName)(`${scenario} sells to ${must.sold(buyers)}`, async () => {
        const verdict = await play(scenario as ScenarioName, "--contenders", String(buyers));
        const sold = must.sold(buyers);
        expect(verdict).toMatchObject({
          contenders: buyers, sold,
          oversold: sold - 1,
          lostUpdates: sold - 1,
          overlaps: scenario === "own-mutex" ? buyers - 1 : 0,
          remaining: 0,
        }); // prettier-ignore
        expect(verdict["seen"]).toEqual(must.seen(buyers));
        // Who sees what there is searches with all others at once; who sees what is left, alone.
        const together = must.seen === everyoneSees1;
        expect(verdict["searchOverlaps"]).toBe(together ? buyers - 1 : 0);
        if (scenario === "optimistic") expect(verdict["retries"]).toBe(buyers - 1);
        // It cannot take less; how much more is the machine's affair. A timer may be a millisecond early.
        if (must.thinks)
          expect(verdict.wallMs).toBeGreaterThan(must.thinks(buyers) * (THINK_MS - 1));
      });
    }
  });

  plays("flash-sale")("flash-sale sells each of 1 000 tickets once, to 10 000 orders", async () => {
    const verdict = await play("flash-sale", "--think", "0");
    expect(verdict).toMatchObject({
      orders: 10_000,
      sold: 1_000,
      soldOut: 9_000,
      serials: 1_000,
      oversold: 0,
      lostUpdates: 0,
    });
  });

  for (const mode of ["mutex", "misplaced-mutex", "join", "queue", "optimistic"]) {
    plays("flash-sale")(`flash-sale in mode ${mode} sells each ticket once`, async () => {
      const verdict = await play("flash-sale", "--think", "0", "--mode", mode, "--capacity", "100");
      expect(verdict).toMatchObject({ mode, sold: 100, soldOut: 900, serials: 100, oversold: 0 });
    });
  }

  plays("interleaving")(
    "interleaving mixes steps without a lock, and keeps them together with one",
    async () => {
      const { unlockedOrder, lockedOrder, lockedWallMs } = await play("interleaving");
      const changes = (order: unknown): number =>
        (order as number[]).filter((who, place, all) => place > 0 && all[place - 1] !== who).length;
      expect(changes(unlockedOrder)).toBeGreaterThan(2);
      expect(changes(lockedOrder)).toBe(2);
      expect(Number(lockedWallMs)).toBeGreaterThan(9 * (THINK_MS - 1));
    },
  );

  plays("counter")(
    "counter loses updates without a lock only, and polling burns more than being notified",
    async () => {
      // 10 000 steps where a step is a memory access, fewer where it is a file's.
      const steps = kinds.stores[0]?.guarantees.versioned === true ? 10_000 : 500;
      const verdict = await play("counter", "--steps", String(steps));
      const counts = Object.fromEntries(
        (verdict["counts"] as { locking: string }[]).map((count) => [count.locking, count]),
      );
      expect(counts["none"]).toMatchObject({
        lostUpdates: expect.toSatisfy((lost: number) => lost >= 10),
      });
      expect(counts["coarse"]).toMatchObject({ lostUpdates: 0, ended: [steps, 2 * steps] });
      expect(counts["fine"]).toMatchObject({
        final: 2 * steps,
        ended: [expect.any(Number), 2 * steps],
      });
      expect(counts["flag"]).toMatchObject({ final: 2 * steps });
      expect(counts).toMatchObject({
        fine: { waiterCpuMs: expect.any(Number) },
        flag: { waiterCpuMs: expect.any(Number) },
      });
      const burned = (locking: string): number =>
        (counts[locking] as unknown as { waiterCpuMs: number }).waiterCpuMs;
      expect(burned("flag")).toBeGreaterThan(burned("fine"));
    },
  );

  plays("turns")("turns rotates strictly on a lock that grants in order of arrival", async () => {
    const verdict = await play("turns");
    if (verdict["fifo"] === true) expect(verdict["order"]).toBe("ABCABCABCABCABC");
    else expect(verdict["order"]).toMatch(/^[ABC]{15}$/);
  });

  plays("pool")(
    "pool runs jobs in workers, callbacks in a parent that stays responsive",
    async () => {
      const verdict = await play("pool");
      const callbacks = verdict["callbacks"] as {
        job: number;
        result: string;
        jobId: string;
        callbackId: string;
        afterItsLines: boolean;
      }[];
      expect(callbacks).toHaveLength(9);
      for (const { result, jobId, callbackId, afterItsLines } of callbacks) {
        expect({ result, callbackId, afterItsLines }).toEqual({
          result: "over",
          callbackId: verdict["parent"],
          afterItsLines: true,
        });
        expect(jobId).not.toBe(callbackId);
      }
      expect(verdict["parentTicks"]).toBeGreaterThan(0);
    },
  );

  plays("try-and-timeout")("try-and-timeout ends every way of waiting as it must", async () => {
    const verdict = await play("try-and-timeout");
    expect(verdict["ends"]).toMatchObject([
      { part: "holder", ended: "released" },
      { part: "tries", ended: "undefined" },
      { part: "waits at most", ended: "LOCK_TIMEOUT" },
      { part: "waits until aborted", ended: "reason" },
      { part: "waits for ever", ended: "granted" },
    ]);
    expect(verdict["query"]).toMatchObject({
      held: true,
      waiters: 2,
      holder: { id: verdict["holderId"] },
    });
  });

  plays("crash")("crash hands the lock on, and sells nothing twice", async () => {
    const verdict = await play("crash");
    expect(verdict).toMatchObject({ lostUpdates: 0, oversold: 0, overlaps: 0 });
    if (verdict["ownerDeath"] !== "immediate") return;
    expect(verdict.sold).toBe(1);
    expect(verdict["recoveryMs"]).toBeGreaterThanOrEqual(0);
    expect(verdict["waiterCpuShare"]).toBeLessThan(0.05);
    expect(
      (verdict["waits"] as { abandoned: boolean }[]).filter(({ abandoned }) => abandoned),
    ).toHaveLength(1);
  });
});

/** Within each part the lines' times must not go back. */
function expectOrderOfTime(stdout: string): void {
  let last = 0;
  let lines = 0;
  for (const line of stdout.split("\n")) {
    const stamp = /^ *(-?\d+\.\d) ms {2}/.exec(line);
    if (stamp === null) last = 0;
    else {
      expect(Number(stamp[1])).toBeGreaterThanOrEqual(last);
      last = Number(stamp[1]);
      lines++;
    }
  }
  expect(lines).toBeGreaterThan(0);
}
