import type { LoadRates, LoadRecord, RecoveryRecord } from "../run/block.ts";
import { mean, median } from "../statistics/interval.ts";
import {
  mergeHistograms,
  type Percentiles,
  percentilesOf,
  percentilesOfValues,
} from "../statistics/percentiles.ts";
import { total } from "../statistics/total.ts";
import { handOffsNs } from "./hand-offs.ts";
import type { LoadRateStatistics, LoadStatistics, RecoveryStatistics } from "./report.ts";

/** What the blocks of a scenario's cell come to; null of a steady cell, whose blocks have no load. */
export function loadStatistics(loads: readonly LoadRecord[]): LoadStatistics | null {
  if (loads.length === 0) return null;
  const merged = (histograms: readonly (string | null)[]): Percentiles | null => {
    const kept = histograms.filter((one) => one !== null);
    return kept.length > 0 ? percentilesOf(mergeHistograms(kept)) : null;
  };
  const jain = loads.flatMap((load) => load.jainHeld);
  const passedBy = merged(loads.map((load) => load.passedBy));
  const isDrawn = loads.some((load) => load.sections.length > 0);
  return {
    waitNs: percentilesOf(mergeHistograms(loads.map((load) => load.waits))),
    latencyNs: merged(loads.map((load) => load.latencies)),
    loopDelayNs: merged(loads.map((load) => load.loopDelays)),
    jainHeld: jain.length > 0 ? median(jain) : null,
    longestWaitNs: Math.max(
      ...loads.flatMap((load) => load.contenders.map((one) => one.longestWaitNs)),
    ),
    passedBy,
    recovery: recoveryStatistics(loads.flatMap((load) => load.recovery ?? [])),
    handOffNs:
      passedBy !== null && isDrawn
        ? percentilesOfValues(loads.flatMap((load) => handOffsNs(load.sections)))
        : null,
    rates: rateStatistics(loads.flatMap((load) => load.rates ?? [])),
  };
}

function rateStatistics(rates: readonly LoadRates[]): LoadRateStatistics | null {
  if (rates.length === 0) return null;
  return {
    saturationPerS: mean(rates.map((one) => one.saturationPerS)),
    offeredShare: mean(rates.map((one) => one.offeredPerS / one.saturationPerS)),
    servedShare: mean(rates.map((one) => one.servedPerS / one.saturationPerS)),
  };
}

function recoveryStatistics(records: readonly RecoveryRecord[]): RecoveryStatistics | null {
  if (records.length === 0) return null;
  const next = records.flatMap((record) => record.nextGrantNs);
  return {
    deaths: total(records, (record) => record.deaths),
    recovered: next.length,
    medianNs: next.length > 0 ? median(next) : null,
    longestNs: next.length > 0 ? Math.max(...next) : null,
  };
}
