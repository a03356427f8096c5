import { expect, test } from "vitest";
import { scenarioOf } from "../src/plan/scenarios.ts";
import { loadRecord, type LoadWindowResult } from "../src/run/load-record.ts";
import { windowInput } from "../src/run/window.ts";
import {
  encodeHistogram,
  mergeHistograms,
  newHistogram,
  recordNs,
} from "../src/statistics/percentiles.ts";
import type { LoadOutput } from "../src/workloads/load.ts";

const MS = 1e6;

function histogramOf(...ns: number[]): string {
  const histogram = newHistogram();
  for (const each of ns) recordNs(histogram, each);
  return encodeHistogram(histogram);
}

function output(part: Partial<LoadOutput>): LoadOutput {
  const { lengthNs } = windowInput("check", 100, 100);
  return {
    operations: 1,
    allOperations: 1,
    startedAfterNs: 0,
    beganAfterNs: 0,
    endedAfterNs: lengthNs,
    clockErrorNs: 0,
    cpuUs: 0,
    warmUps: 0,
    settled: null,
    lookNs: null,
    looks: null,
    overlaps: 0,
    overlapTrials: 1,
    tokensOutOfOrder: 0,
    histogram: histogramOf(100),
    sold: 0,
    retries: 0,
    startedNs: "1000000000",
    heldNs: 10,
    longestWaitNs: 100,
    passedBy: histogramOf(1),
    latencies: null,
    loopDelays: null,
    times: [],
    ...part,
  };
}

function window(part: Partial<LoadWindowResult>): LoadWindowResult {
  return { outputs: [], victim: null, killedNs: null, ...part };
}

test("loadRecord adds up each contender's windows, also of one that was ended in some", () => {
  const windows = [
    window({
      victim: 0,
      killedNs: 1_000_000_000n,
      outputs: [output({ operations: 7, heldNs: 5, longestWaitNs: 90, passedBy: histogramOf(4) })],
    }),
    window({
      victim: 1,
      killedNs: 1_000_000_000n,
      outputs: [output({ operations: 3, heldNs: 2, histogram: histogramOf(5, 6) })],
    }),
  ];
  const record = loadRecord(windows, scenarioOf("crash").load, 2, true);
  expect(record.contenders).toEqual([
    { operations: 3, heldNs: 2, longestWaitNs: 100 },
    { operations: 7, heldNs: 5, longestWaitNs: 90 },
  ]);
  expect(mergeHistograms([record.waits]).totalCount).toBe(3);
  expect(mergeHistograms([record.passedBy!]).maxValue).toBe(4);
  expect(record.jainHeld).toEqual([]);
});

test("loadRecord keeps sections in the order of entering, from the window's beginning on", () => {
  const outputs = [
    output({ beganAfterNs: 1_000, times: [900, 1_500, 1_600, 1_700, 1_900, 2_000] }),
    output({ beganAfterNs: 1_000, times: [1_100, 1_650, 1_800] }),
  ];
  const record = loadRecord([window({ outputs })], scenarioOf("line-up").load, 2, false);
  expect(record.sections).toEqual([
    [0, -100, 500, 600],
    [1, 100, 650, 800],
    [0, 700, 900, 1_000],
  ]);
  expect(record.passedBy).toBeNull();
});

test("loadRecord sets grants beside the holder's end, on the session's clock", () => {
  const startedNs = 1_000_000_000;
  const entered = (ms: number): number[] => [0, ms * MS, ms * MS + 1];
  const windows = [
    window({
      victim: 0,
      killedNs: BigInt(startedNs + 30 * MS),
      outputs: [output({ times: [...entered(12), ...entered(33.5), ...entered(33.9)] })],
    }),
    window({
      victim: 0,
      killedNs: BigInt(startedNs + 40 * MS),
      outputs: [output({ times: [...entered(41), ...entered(300)] })],
    }),
  ];
  const { recovery } = loadRecord(windows, scenarioOf("crash").load, 2, true);
  const bins = recovery!.grants.flatMap((count, bin) =>
    count > 0 ? [[bin - recovery!.binsBefore, count]] : [],
  );
  expect(bins).toEqual([
    [-18, 1],
    [1, 1],
    [3, 2],
  ]);
  expect(recovery).toMatchObject({ deaths: 2, binNs: MS });
  // Windows begin 30 and 40 ms before the end, and end 70 and 60 ms after it: further than the bins reach.
  expect(new Set(recovery!.covered)).toEqual(new Set([2]));
  expect(recovery!.nextGrantNs).toEqual([3.5 * MS, 1 * MS]);
});

test("loadRecord counts no grant in a bin in whose middle a window begins or ends, so that grants per death are right", () => {
  const startedNs = 1_000_000_000;
  const times = [0.7, 1.2, 29.8, 30.2].flatMap((ms) => [0, ms * MS, ms * MS]);
  const killed = window({
    victim: 0,
    killedNs: BigInt(startedNs + 20 * MS),
    outputs: [output({ beganAfterNs: 0.5 * MS, endedAfterNs: 30.5 * MS, times })],
  });
  const { recovery } = loadRecord([killed], scenarioOf("crash").load, 2, true);
  const { grants, covered, binsBefore } = recovery!;
  expect([grants[0], covered[0], grants[1], covered[1]]).toEqual([0, 0, 1, 1]);
  expect([grants[binsBefore + 9], covered[binsBefore + 9]]).toEqual([1, 1]);
  expect([grants[binsBefore + 10], covered[binsBefore + 10]]).toEqual([0, 0]);
});

test("loadRecord tells by how many windows a bin is covered, and judges fairness window by window", () => {
  const startedNs = 1_000_000_000;
  const outputOf = (heldNs: number): LoadOutput => output({ heldNs, endedAfterNs: 50 * MS });
  const killed = window({
    victim: 0,
    killedNs: BigInt(startedNs + 40 * MS),
    outputs: [outputOf(1)],
  });
  const { recovery } = loadRecord([killed], scenarioOf("crash").load, 2, true);
  // The window ends 10 ms after the end.
  expect(recovery!.covered.lastIndexOf(1)).toBe(recovery!.binsBefore + 9);
  expect(recovery!.nextGrantNs).toEqual([]);
  const feast = window({ outputs: [outputOf(100), outputOf(0)] });
  const famine = window({ outputs: [outputOf(0), outputOf(100)] });
  expect(loadRecord([feast, famine], scenarioOf("hog").load, 2, true).jainHeld).toEqual([0.5, 0.5]);
});

test("loadRecord tells what was offered and what was served beside what the lock can serve", () => {
  const second = { beganAfterNs: 0, endedAfterNs: 1e9 };
  const windows = [
    // One more was meant to begin in the window than came in within it.
    window({ outputs: [output({ ...second, operations: 2, histogram: histogramOf(1, 2, 3) })] }),
    window({
      outputs: [output({ ...second, operations: 5, histogram: histogramOf(1, 2, 3, 4, 5) })],
    }),
  ];
  const { load } = scenarioOf("open-50");
  const rates = { saturationPerS: 8, offeredPerS: 4, servedPerS: 3.5 };
  expect(loadRecord(windows, load, 1, true, 8).rates).toEqual(rates);
  expect(loadRecord(windows, load, 1, true).rates).toBeNull();
});
