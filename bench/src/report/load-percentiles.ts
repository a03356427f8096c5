import type { LoadRecord } from "../run/block.ts";
import { mergeHistograms, type Percentiles, percentilesOf } from "../statistics/percentiles.ts";

/** The parts of a load that are histograms. */
export type LoadHistogram = "waits" | "passedBy" | "latencies" | "loopDelays";

/** Decoding takes longer than all that is done with what comes of it, and each ranking asks several times. */
const known = new WeakMap<LoadRecord, Partial<Record<LoadHistogram, Percentiles>>>();

/** Percentiles of one block's load; null where it has no such histogram. */
export function loadPercentiles(load: LoadRecord, of: LoadHistogram): Percentiles | null {
  const encoded = load[of];
  if (encoded === null) return null;
  const own = known.get(load) ?? {};
  known.set(load, own);
  return (own[of] ??= percentilesOf(mergeHistograms([encoded])));
}
