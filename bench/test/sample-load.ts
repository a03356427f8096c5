import type { BlockResult, LoadRecord } from "../src/run/block.ts";
import { encodeHistogram, newHistogram, recordNs } from "../src/statistics/percentiles.ts";
import { sampleBlock } from "./sample-report.ts";

/** A histogram in which such a time, or number, stands so often. */
export function histogramOf(value: number, count = 2_000): string {
  const histogram = newHistogram();
  for (let i = 0; i < count; i++) recordNs(histogram, value);
  return encodeHistogram(histogram);
}

/** What a scenario's windows showed, with the parts that a test does not care about filled in. */
export function sampleLoad(part: Partial<LoadRecord> = {}): LoadRecord {
  return {
    contenders: [1, 2].map(() => ({
      operations: 1_000,
      heldNs: 1e6,
      longestWaitNs: 5_000,
    })),
    waits: histogramOf(2_000),
    passedBy: histogramOf(1),
    jainHeld: [1],
    latencies: null,
    loopDelays: null,
    sections: [],
    recovery: null,
    rates: null,
    ...part,
  };
}

/** A block of a scenario's cell. */
export function loadedBlock(part: Partial<LoadRecord> = {}, meanNs = 100): BlockResult {
  return { ...sampleBlock(meanNs), load: sampleLoad(part) };
}

/** As it is after a holder was ended so many times, the next grant so much later. */
export function recoveryOf(
  nextGrantNs: readonly number[],
  deaths: number = nextGrantNs.length,
): Partial<LoadRecord> {
  return {
    jainHeld: [],
    recovery: {
      deaths,
      binNs: 1e6,
      binsBefore: 1,
      grants: [1, 0, 1],
      covered: [deaths, deaths, deaths],
      nextGrantNs,
    },
  };
}
