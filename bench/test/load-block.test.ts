import { NONE_KIND } from "@ticketlock/core";
import { describe, expect, test } from "vitest";
import { type Cell, STEADY } from "../src/plan/cell.ts";
import { scenarioOf, scenarios } from "../src/plan/scenarios.ts";
import type { BlockResult } from "../src/run/block.ts";
import { runLoadBlock } from "../src/run/load-block.ts";
import { wordsPlace } from "../src/run/shared-words.ts";
import { mergeHistograms } from "../src/statistics/percentiles.ts";
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
      expect(check).toMatchObject({ lostUpdates: 0, overlaps: 0, tokensOutOfOrder: 0 });
      const counted = found!.contenders.reduce((sum, one) => sum + one.operations, 0);
      expect(counted).toBeGreaterThan(0);
      expect(samples(found!.waits)).toBe(counted);
      expect(samples(found!.latencies)).toBe(load.arrivals.kind === "closed" ? null : counted);
      expect(found!.loopDelays !== null).toBe(load.watchesLoop);
      expect(found!.sections.length > 0).toBe(load.drawn);
      expect(found!.recovery !== null).toBe(load.dies);
    },
  );

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
      expect(unlocked.check!.lostUpdates).toBeGreaterThan(0);
      expect(unlocked.check!.overlaps).toBeGreaterThan(0);
      expect(unlocked.load!.contenders.every((one) => one.mostPassedBy === null)).toBe(true);
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
