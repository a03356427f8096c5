import type { LoadRecord, SectionTimes } from "../run/block.ts";
import { fairnessOf } from "../statistics/fairness.ts";
import { median } from "../statistics/interval.ts";
import {
  mergeHistograms,
  newHistogram,
  type Percentiles,
  percentilesOf,
  recordNs,
} from "../statistics/percentiles.ts";
import type { LoadStatistics } from "./report.ts";

/** What the blocks of a scenario's cell come to; null of a steady cell, whose blocks have no load. */
export function loadStatistics(loads: readonly LoadRecord[]): LoadStatistics | null {
  if (loads.length === 0) return null;
  const merged = (histograms: readonly (string | null)[]): Percentiles | null => {
    const kept = histograms.filter((one) => one !== null);
    return kept.length > 0 ? percentilesOf(mergeHistograms(kept)) : null;
  };
  const contenders = loads.flatMap((load) => load.contenders);
  const passedBy = contenders.flatMap((one) => one.mostPassedBy ?? []);
  const nextGrants = loads.flatMap((load) => load.recovery?.nextGrantNs ?? []);
  return {
    waitNs: percentilesOf(mergeHistograms(loads.map((load) => load.waits))),
    latencyNs: merged(loads.map((load) => load.latencies)),
    loopDelayNs: merged(loads.map((load) => load.loopDelays)),
    jainHeld: median(
      loads.map((load) => fairnessOf(load.contenders.map((one) => one.heldNs)).jain),
    ),
    longestWaitNs: Math.max(...contenders.map((one) => one.longestWaitNs)),
    mostPassedBy: passedBy.length > 0 ? Math.max(...passedBy) : null,
    recoveryNs: loads.some((load) => load.recovery !== null) ? percentilesOfNs(nextGrants) : null,
    handOffNs:
      passedBy.length > 0 && loads.some((load) => load.sections.length > 0)
        ? percentilesOfNs(loads.flatMap((load) => handOffsNs(load.sections)))
        : null,
  };
}

/** Sections stand in the order of entering; whoever asked after the other had left took a lock that was free. */
function handOffsNs(sections: readonly SectionTimes[]): number[] {
  return sections.slice(1).flatMap(([contender, asked, entered], i) => {
    const [before, , , left] = sections[i]!;
    return contender !== before && asked < left ? [entered - left] : [];
  });
}

function percentilesOfNs(values: readonly number[]): Percentiles {
  const histogram = newHistogram();
  for (const ns of values) recordNs(histogram, ns);
  return percentilesOf(histogram);
}
