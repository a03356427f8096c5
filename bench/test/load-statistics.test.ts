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
      { operations: 10, heldNs: 300, longestWaitNs: 70, mostPassedBy: 2 },
      { operations: 10, heldNs: 100, longestWaitNs: 90, mostPassedBy: 5 },
    ],
    waits: histogramOf(Array.from({ length: 40 }, () => 50)),
    latencies: null,
    loopDelays: null,
    sections: [],
    recovery: null,
    ...part,
  };
}

test("loadStatistics merges the waits of all blocks, and takes the worst of what nobody should meet", () => {
  const statistics = loadStatistics([record(), record({ waits: histogramOf([1, 2]) })])!;
  expect(statistics.waitNs).toMatchObject({ samples: 42, p50: 50, max: 50, p99: null });
  expect(statistics).toMatchObject({
    longestWaitNs: 90,
    mostPassedBy: 5,
    latencyNs: null,
    loopDelayNs: null,
    recoveryNs: null,
    handOffNs: null,
  });
  expect(statistics.jainHeld).toBeCloseTo(400 ** 2 / (2 * (300 ** 2 + 100 ** 2)), 12);
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
  const unlocked = record({
    sections,
    contenders: record().contenders.map((one) => ({ ...one, mostPassedBy: null })),
  });
  expect(loadStatistics([unlocked])!.handOffNs).toBeNull();
});

test("buildCells gives steady cells no load, and times of recovery from every death", () => {
  const recovery = {
    deaths: 3,
    binNs: 1e6,
    binsBefore: 1,
    grants: [1, 2],
    nextGrantNs: Array.from({ length: 20 }, (_, i) => (i + 1) * 1e6),
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
  expect(crash!.statistics.load!.recoveryNs).toMatchObject({ samples: 20 });
  expect(crash!.statistics.load!.recoveryNs!.p50! / 10e6).toBeCloseTo(1, 2);
  expect(crash!.statistics.split).toBeNull();
});
