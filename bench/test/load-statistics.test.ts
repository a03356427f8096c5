import { expect, test } from "vitest";
import { buildCells } from "../src/report/build.ts";
import { loadStatistics } from "../src/report/load-statistics.ts";
import type { LoadRecord, SectionTimes } from "../src/run/block.ts";
import { encodeHistogram, newHistogram, recordNs } from "../src/statistics/percentiles.ts";
import { sampleBlock, sampleCell } from "./sample-report.ts";

function histogramOf(values: readonly number[]): string {
  const histogram = newHistogram();
  for (const ns of values) recordNs(histogram, ns);
  return encodeHistogram(histogram);
}

function record(part: Partial<LoadRecord> = {}): LoadRecord {
  return {
    contenders: [
      { operations: 10, heldNs: 300, longestWaitNs: 70 },
      { operations: 10, heldNs: 100, longestWaitNs: 90 },
    ],
    waits: histogramOf(Array.from({ length: 40 }, () => 50)),
    passedBy: histogramOf(Array.from({ length: 20 }, (_, i) => (i < 15 ? 0 : 5))),
    jainHeld: [0.8],
    latencies: null,
    loopDelays: null,
    sections: [],
    recovery: null,
    rates: null,
    ...part,
  };
}

test("loadStatistics merges the waits of all blocks, and takes the worst of what nobody should meet", () => {
  const statistics = loadStatistics([record(), record({ waits: histogramOf([1, 2]) })])!;
  expect(statistics.waitNs).toMatchObject({ samples: 42, p50: 50, max: 50, p99: null });
  expect(statistics).toMatchObject({
    longestWaitNs: 90,
    latencyNs: null,
    loopDelayNs: null,
    recovery: null,
    handOffNs: null,
  });
  expect(statistics.passedBy).toMatchObject({ samples: 40, p50: 0, max: 5 });
  expect(loadStatistics([record(), record({ jainHeld: [0.6, 0.9] })])!.jainHeld).toBe(0.8);
  expect(loadStatistics([record({ jainHeld: [] })])!.jainHeld).toBeNull();
});

test("loadStatistics takes for hand-offs only grants to another that waited already", () => {
  const sections: SectionTimes[] = [
    [0, 0, 10, 100],
    [1, 20, 130, 200], // waited: 30 ns after the other had left
    [1, 210, 215, 300], // the same one again
    [0, 310, 320, 400], // asked when the lock was free
    [1, 330, 470, 500], // waited: 70 ns
  ];
  const { handOffNs } = loadStatistics([record({ sections })])!;
  expect(handOffNs).toMatchObject({ samples: 2, max: 70 });
  // Clocks that differ by more than a hand-off takes show in it, and are not made a 0 of.
  const early = sections.map(([who, asked, entered, left]): SectionTimes =>
    who === 1 ? [who, asked, entered - 100, left] : [who, asked, entered, left],
  );
  expect(loadStatistics([record({ sections: early })])!.handOffNs).toMatchObject({ max: -30 });
  const unlocked = record({ sections, passedBy: null });
  expect(loadStatistics([unlocked])!.handOffNs).toBeNull();
});

test("buildCells gives steady cells no load, and times of recovery from every death", () => {
  const recovery = {
    deaths: 3,
    binNs: 1e6,
    binsBefore: 1,
    grants: [1, 2],
    covered: [3, 3],
    nextGrantNs: [5e6, 2e6],
  };
  const cell = sampleCell({ scenario: "crash" });
  const [steady, crash] = buildCells(
    [
      { cell: sampleCell(), blocks: [sampleBlock(60)], failures: [] },
      { cell, blocks: [{ ...sampleBlock(60), load: record({ recovery }) }], failures: [] },
    ],
    2,
  );
  expect(steady!.statistics.load).toBeNull();
  expect(crash!.key).toContain("/crash");
  expect(crash!.statistics.load!.recovery).toEqual({
    deaths: 3,
    recovered: 2,
    medianNs: 3.5e6,
    longestNs: 5e6,
  });
  expect(crash!.statistics.split).toBeNull();
});

test("loadStatistics takes what was offered and served as shares of each block's own saturation", () => {
  const of = (saturationPerS: number, offeredPerS: number, servedPerS: number): LoadRecord =>
    record({ rates: { saturationPerS, offeredPerS, servedPerS } });
  expect(loadStatistics([of(100, 50, 50), of(200, 120, 80)])!.rates).toEqual({
    saturationPerS: 150,
    offeredShare: 0.55,
    servedShare: 0.45,
  });
  expect(loadStatistics([record()])!.rates).toBeNull();
});
