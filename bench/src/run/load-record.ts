import type { Load } from "../plan/scenarios.ts";
import { fairnessOf } from "../statistics/fairness.ts";
import { encodeHistogram, mergeHistograms } from "../statistics/percentiles.ts";
import type { LoadOutput } from "../workloads/load.ts";
import type {
  ContenderLoad,
  LoadRates,
  LoadRecord,
  RecoveryRecord,
  SectionTimes,
} from "./block.ts";
import { sum } from "../statistics/total.ts";

/** A scenario's window as its contenders tell it. */
export interface LoadWindowResult {
  /** By index, without the victim's. */
  readonly outputs: readonly LoadOutput[];
  /** Who was ended. */
  readonly victim: number | null;
  /** When that was ordered, on the session's clock. */
  readonly killedNs: bigint | null;
}

/** Sections that are kept of a window that is drawn. */
const MOST_SECTIONS = 2_000;
/** Grants around a holder's end are counted by the millisecond. */
const BIN_NS = 1e6;
const BINS_BEFORE = 20;
const BINS = 60;

/**
 * What the windows of a block come to.
 * @param saturationPerS - what the lock served at most, where operations come at times of their own
 */
export function loadRecord(
  windows: readonly LoadWindowResult[],
  load: Load,
  contenders: number,
  isLocked: boolean,
  saturationPerS: number | null = null,
): LoadRecord {
  const outputs = windows.flatMap((window) => window.outputs);
  const merged = (of: (output: LoadOutput) => string | null): string | null => {
    const encoded = outputs.map(of).filter((one) => one !== null);
    return encoded.length > 0 ? encodeHistogram(mergeHistograms(encoded)) : null;
  };
  return {
    contenders: Array.from({ length: contenders }, (_, index) =>
      contenderLoad(windows.flatMap((window) => outputOf(window, index) ?? [])),
    ),
    waits: merged((output) => output.histogram)!,
    passedBy: isLocked ? merged((output) => output.passedBy) : null,
    // Whoever was ended had no equal chance.
    jainHeld: load.dies
      ? []
      : windows.map((window) => fairnessOf(window.outputs.map((output) => output.heldNs)).jain),
    latencies: merged((output) => output.latencies),
    loopDelays: merged((output) => output.loopDelays),
    sections: load.drawn ? sectionsOf(windows[0]!) : [],
    recovery: load.dies ? recoveryOf(windows) : null,
    rates: saturationPerS === null ? null : { saturationPerS, ...ratesOf(windows) },
  };
}

/** Operations that were meant to begin in the windows, each of which has waited, and those that came in within them. */
function ratesOf(windows: readonly LoadWindowResult[]): Omit<LoadRates, "saturationPerS"> {
  const outputs = windows.flatMap((window) => window.outputs);
  const lengthS =
    sum(windows.map(({ outputs: [first] }) => first!.endedAfterNs - first!.beganAfterNs)) / 1e9;
  return {
    offeredPerS: mergeHistograms(outputs.map((output) => output.histogram)).totalCount / lengthS,
    servedPerS: sum(outputs.map((output) => output.operations)) / lengthS,
  };
}

function outputOf({ outputs, victim }: LoadWindowResult, index: number): LoadOutput | undefined {
  if (victim === null || index < victim) return outputs[index];
  return index === victim ? undefined : outputs[index - 1];
}

function contenderLoad(outputs: readonly LoadOutput[]): ContenderLoad {
  return {
    operations: sum(outputs.map((output) => output.operations)),
    heldNs: sum(outputs.map((output) => output.heldNs)),
    longestWaitNs: Math.max(0, ...outputs.map((output) => output.longestWaitNs)),
  };
}

function sectionsOf({ outputs }: LoadWindowResult): SectionTimes[] {
  const beganNs = Math.min(...outputs.map((output) => output.beganAfterNs));
  return outputs
    .flatMap(({ times }, contender) =>
      Array.from({ length: times.length / 3 }, (_, i): SectionTimes => {
        const [asked, entered, left] = times.slice(3 * i, 3 * i + 3) as [number, number, number];
        return [contender, asked - beganNs, entered - beganNs, left - beganNs];
      }),
    )
    .sort((a, b) => a[2] - b[2])
    .slice(0, MOST_SECTIONS);
}

/** Grants of those who lived on, by their time after the order that ended the one who held. */
function recoveryOf(windows: readonly LoadWindowResult[]): RecoveryRecord {
  const grants = Array.from({ length: BINS }, () => 0);
  const covered = Array.from({ length: BINS }, () => 0);
  const nextGrantNs: number[] = [];
  const binOf = (ns: number): number => Math.floor(ns / BIN_NS) + BINS_BEFORE;
  for (const { outputs, killedNs } of windows) {
    if (killedNs === null) continue;
    const sinceEnd = ({ startedNs }: LoadOutput, ns: number): number =>
      ns - Number(killedNs - BigInt(startedNs));
    const entered = outputs.flatMap((output) =>
      output.times.filter((_, i) => i % 3 === 1).map((ns) => sinceEnd(output, ns)),
    );
    // Before the window began and after it ended nobody had to ask.
    const from = Math.max(...outputs.map((output) => sinceEnd(output, output.beganAfterNs)));
    const to = Math.min(...outputs.map((output) => sinceEnd(output, output.endedAfterNs)));
    const first = Math.max(0, binOf(from) + 1);
    const end = Math.min(BINS, binOf(to));
    for (let bin = first; bin < end; bin++) covered[bin]!++;
    // A bin that a window covers in part counts for neither, or its grants per death would be too many.
    for (const bin of entered.map(binOf)) if (bin >= first && bin < end) grants[bin]!++;
    const next = Math.min(...entered.filter((ns) => ns >= 0));
    if (Number.isFinite(next)) nextGrantNs.push(next);
  }
  return {
    deaths: windows.length,
    binNs: BIN_NS,
    binsBefore: BINS_BEFORE,
    grants,
    covered,
    nextGrantNs,
  };
}
