import { NONE_KIND } from "@ticketlock/core";
import { describe, expect, test } from "vitest";
import { buildCells } from "../src/report/build.ts";
import { type Cell, STEADY } from "../src/plan/cell.ts";
import { scenarioOf, scenarios } from "../src/plan/scenarios.ts";
import type { BlockResult } from "../src/run/block.ts";
import { runLoadBlock } from "../src/run/load-block.ts";
import { wordsPlace } from "../src/run/shared-words.ts";
import { mergeHistograms } from "../src/statistics/percentiles.ts";
import { total } from "../src/statistics/total.ts";
import { type Loaded, starterOf } from "./adapters.ts";

const threads = await starterOf("node", "thread");
const processes = await starterOf("node", "process");

function cellOf(name: string, { adapter }: Loaded, part: Partial<Cell> = {}): Cell {
  const { contenders, section } = scenarioOf(name);
  return {
    runtime: "node",
    adapter: adapter.name,
    lock: [...adapter.locks[0]!.kinds.keys()][0]!,
    store: wordsPlace(adapter.launcher!.unit),
    mode: "counter",
    contenders,
    section,
    role: "lock",
    scenario: name,
    gate: false,
    twin: 0,
    ...part,
  };
}

function run(name: string, from: Loaded, part: Partial<Cell> = {}): Promise<BlockResult> {
  const cell = cellOf(name, from, part);
  const input = { cell, windows: 2, windowMs: 50, seed: 1 };
  return runLoadBlock([from.adapter], input, new AbortController().signal);
}

const samples = (encoded: string | null): number | null =>
  encoded === null ? null : mergeHistograms([encoded]).totalCount;

describe("runLoadBlock", () => {
  test.each(scenarios.map(({ name }) => name))(
    "%s: nothing is lost, nobody meets anybody inside, and what the data ask for is kept",
    { timeout: 60_000 },
    async (name) => {
      const { load, windows } = scenarioOf(name);
      const { check, load: found, windows: records } = await run(name, threads);
      expect(records).toHaveLength(Math.min(2, windows));
      expect(check).toMatchObject({ overlaps: 0, tokensOutOfOrder: 0 });
      expect(records.map((record) => record.lostUpdates)).toEqual(records.map(() => 0));
      const counted = found!.contenders.reduce((sum, one) => sum + one.operations, 0);
      expect(counted).toBeGreaterThan(0);
      expect(samples(found!.waits)).toBeGreaterThan(0);
      expect(samples(found!.passedBy)).toBe(samples(found!.waits));
      const hasLatencies = load.arrivals.kind !== "closed";
      expect(samples(found!.latencies)).toBe(hasLatencies ? samples(found!.waits) : null);
      expect(found!.loopDelays !== null).toBe(load.watchesLoop);
      expect(found!.sections.length > 0).toBe(load.drawn);
      expect(found!.recovery !== null).toBe(load.dies);
    },
  );

  describe("does what the data say", () => {
    const meanHeldNs = ({ load }: BlockResult, index?: number): number => {
      const some = load!.contenders.filter((_, i) => index === undefined || i === index);
      return total(some, (one) => one.heldNs) / total(some, (one) => one.operations);
    };
    /** Of the windows' length, how long somebody was inside: more than 1 where several can be. */
    const shareInside = ({ load, windows }: BlockResult): number =>
      total(load!.contenders, (one) => one.heldNs) /
      total(windows, (window) => Math.max(...window.spansNs));

    test("a hog's sections last many times as long as those of the others", async () => {
      const block = await run("hog", threads);
      expect(meanHeldNs(block, 0) / meanHeldNs(block, 1)).toBeGreaterThan(5);
    });

    test("one section in 16 is 50 times as long, which is 4 times as much on average", async () => {
      const even = meanHeldNs(await run("queued-at-start", threads));
      expect(meanHeldNs(await run("bimodal", threads)) / even).toBeGreaterThan(2);
    });

    test("other work keeps contenders outside: ten times a section more than once", async () => {
      const [once, often] = [await run("think-1x", threads), await run("think-10x", threads)];
      expect(shareInside(often)).toBeLessThan(0.8 * shareInside(once));
    });

    test("with many locks several are inside at once, with one nobody is", async () => {
      // So long that a scheduler lets others in before one is out, on a single core as well.
      const many = await run("many-locks", threads, { section: 5_000 });
      const one = await run("queued-at-start", threads, { section: 5_000 });
      expect(one.check!.overlaps).toBe(0);
      // Contenders that a busy machine lets begin late are inside beyond the others' windows, with one lock too.
      expect(shareInside(many)).toBeGreaterThan(1.15 * shareInside(one));
    });

    test("a burst has so many operations of each contender, and no more", async () => {
      const { load, windows } = await run("burst", threads);
      const { arrivals } = scenarioOf("burst").load;
      if (arrivals.kind !== "burst") throw new Error("It is no burst.");
      const bursts =
        total(windows, (window) => Math.max(...window.spansNs)) / 1e6 / arrivals.everyMs;
      for (const { operations } of load!.contenders)
        expect(operations).toBeLessThanOrEqual(
          arrivals.size * (Math.ceil(bursts) + windows.length),
        );
    });

    test("everybody's first wait in a queue is longer than the moment before the window", async () => {
      const { load } = await run("queued-at-start", threads, { lock: "fifo" });
      // The last of three is let in after two sections of others at least.
      const longest = Math.max(...load!.contenders.map((one) => one.longestWaitNs));
      expect(longest).toBeGreaterThan(2 * scenarioOf("queued-at-start").section * 1_000);
    });
  });

  test(
    "sections that are drawn follow each other under a lock, and overlap without one",
    { timeout: 60_000 },
    async () => {
      const overlapsOf = ({ load }: BlockResult): number =>
        load!.sections.filter(([, , entered], i) => i > 0 && entered < load!.sections[i - 1]![3])
          .length;
      const locked = await run("line-up", threads);
      const unlocked = await run("line-up", threads, { lock: NONE_KIND, role: "control" });
      expect(locked.load!.sections.length).toBeGreaterThan(10);
      expect(overlapsOf(locked)).toBe(0);
      expect(overlapsOf(unlocked)).toBeGreaterThan(0);
      expect(unlocked.windows[0]!.lostUpdates).toBeGreaterThan(0);
      expect(unlocked.check!.overlaps).toBeGreaterThan(0);
      expect(unlocked.load!.passedBy).toBeNull();
      // What is lost is counted once, of those operations that were looked at.
      const [cell] = buildCells(
        [{ cell: cellOf("line-up", threads), blocks: [unlocked], failures: [] }],
        2,
      );
      const [record] = unlocked.windows;
      expect(cell!.checks.lostUpdates).toMatchObject({
        seen: record!.lostUpdates,
        trials: record!.operations,
      });
    },
  );

  test(
    "between processes each window ends a holder, and the others go on",
    { timeout: 60_000 },
    async () => {
      const { recovery } = (await run("crash", processes)).load!;
      expect(recovery!.deaths).toBe(2);
      expect(recovery!.nextGrantNs).toHaveLength(2);
      // It held for some milliseconds before its end: nobody came in.
      expect(recovery!.grants[recovery!.binsBefore - 1]).toBe(0);
      const after = recovery!.grants.slice(recovery!.binsBefore);
      expect(after.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    },
  );
});

test("scenarioOf refuses a name that is none", () => {
  expect(() => scenarioOf(STEADY)).toThrow(RangeError);
});
