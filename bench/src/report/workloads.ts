import { isSellingMode, sellingModes } from "@ticketlock/core";
import { STEADY } from "../plan/cell.ts";
import { type Load, scenarios } from "../plan/scenarios.ts";
import type { BlockResult, LoadRecord } from "../run/block.ts";
import { rates } from "../run/rates.ts";
import { fairnessOf } from "../statistics/fairness.ts";
import { mean, median } from "../statistics/interval.ts";
import { duration, plural, rate } from "./format.ts";
import { type LoadHistogram, loadPercentiles } from "./load-percentiles.ts";
import type { ReportCell } from "./report.ts";

/** A kind of work: which cells show it, and what is best in it. */
export interface Workload {
  readonly name: string;
  readonly isOf: (cell: ReportCell) => boolean;
  /** Of a block: positive, less is better; null where the block does not tell. */
  readonly measure: (block: BlockResult) => number | null;
  /** What was measured, in words with its unit. */
  readonly text: (cell: ReportCell, value: number) => string;
  /** True of times: a ratio says how much longer the next one takes. Anything else is told in its own unit. */
  readonly isTime: boolean;
  /** Why a cell has no rank however good its measure is; null if it has one. */
  readonly fault: (cell: ReportCell) => string | null;
  /** The same by a measure that takes fewer samples, for where some cell has too few for this one. */
  readonly coarser?: Workload;
  /** True where each lock was loaded with a share of what it can serve itself: cells are ranked at equal rates only. */
  readonly hasOwnRates: boolean;
}

/** Evenness is not told any finer: a block in which all got the same has no logarithm otherwise. */
const LEAST_UNEVENNESS = 1e-6;

const PLAIN = { isTime: true, hasOwnRates: false, fault: () => null } as const;

/** Every kind of work that advice is given for, in the order in which it is given. */
export function workloads(): Workload[] {
  return [...steadyWorkloads(), ...scenarioWorkloads(), ...saleWorkloads()];
}

function steadyWorkloads(): Workload[] {
  const perOperation = {
    ...PLAIN,
    measure: ({ meanNs }: BlockResult) => meanNs,
    text: (_: ReportCell, ns: number) => `${duration(ns)} per operation`,
  };
  const isSteady = ({ mode, scenario }: ReportCell): boolean =>
    mode === "counter" && scenario === STEADY;
  return [
    {
      ...perOperation,
      name: "Seldom contended",
      isOf: (cell) => isSteady(cell) && cell.contenders === 1,
    },
    {
      ...perOperation,
      name: "Contended",
      isOf: (cell) => isSteady(cell) && cell.contenders > 1,
    },
    {
      ...PLAIN,
      name: "Everyone must get an equal share",
      isOf: (cell) => isSteady(cell) && cell.contenders > 1,
      measure: ({ windows }) =>
        Math.max(
          LEAST_UNEVENNESS,
          1 - mean(windows.map(({ shares, spansNs }) => fairnessOf(rates(shares, spansNs)).jain)),
        ),
      text: ({ statistics: { fairness } }) =>
        `Jain's index ${fairness.jain.toFixed(3)} and ${fairness.jainWorst.toFixed(3)} in the worst window`,
      isTime: false,
    },
  ];
}

function scenarioWorkloads(): Workload[] {
  const isOf =
    (traits: (load: Load) => boolean) =>
    ({ scenario }: ReportCell): boolean =>
      scenarios.some(({ name, load }) => name === scenario && traits(load));
  return [
    {
      ...PLAIN,
      name: "Who came first must be served first",
      isOf: isOf(({ queuedAtStart }) => queuedAtStart),
      // Not the most: whoever loses its core between asking and standing in line is passed by under any lock.
      // One more, since nobody passed by is the best there is.
      measure: ({ load }) => {
        const passedBy = load === null ? null : (loadPercentiles(load, "passedBy")?.p99 ?? null);
        return passedBy === null ? null : passedBy + 1;
      },
      text: ({ statistics: { load } }, value) =>
        `passed by at most ${plural(load?.passedBy?.p99 ?? Math.round(value - 1), "time")} in 99 of 100 cases`,
      isTime: false,
    },
    {
      ...PLAIN,
      name: "A holder may be killed",
      isOf: isOf(({ dies }) => dies),
      measure: ({ load }) => {
        const grants = load?.recovery?.nextGrantNs ?? [];
        return grants.length === 0 ? null : Math.max(1, median(grants));
      },
      text: ({ statistics: { load } }, ns) =>
        `${duration(load?.recovery?.medianNs ?? ns)} from the end to the next grant and at most ${duration(load?.recovery?.longestNs ?? null)}`,
      fault: notRecovered,
    },
    byTail((percentile, share) => ({
      ...PLAIN,
      name: "The event loop must not block",
      isOf: isOf(({ watchesLoop }) => watchesLoop),
      measure: ({ load }) => tail(load, "loopDelays", percentile),
      text: ({ statistics: { load } }, ns) =>
        `timers at most ${duration(load?.loopDelayNs?.[percentile] ?? ns)} late in ${share} cases`,
    })),
    byTail((percentile, share) => ({
      ...PLAIN,
      name: "Operations come at random times",
      isOf: isOf(({ arrivals }) => arrivals.kind === "open"),
      measure: ({ load }) => tail(load, "latencies", percentile),
      text: (cell, ns) =>
        `${ownRate(cell)}: ${share} done within ${duration(cell.statistics.load?.latencyNs?.[percentile] ?? ns)}`,
      hasOwnRates: true,
    })),
  ];
}

/** By the 99th percentile; where some cell has too few samples beyond it, by the 90th. */
function byTail(of: (percentile: "p99" | "p90", share: string) => Workload): Workload {
  return { ...of("p99", "99 of 100"), coarser: of("p90", "9 of 10") };
}

/** A lock that leaves the others standing is no answer however soon it recovers at other times. */
function notRecovered({ statistics: { load } }: ReportCell): string | null {
  const recovery = load?.recovery ?? null;
  if (recovery === null || recovery.recovered >= recovery.deaths) return null;
  return `recovered from ${recovery.recovered} of ${plural(recovery.deaths, "end")} only`;
}

/** The rate at which operations came, which is a share of what this very lock can serve. */
function ownRate({ statistics: { throughputPerS }, scenario }: ReportCell): string {
  const arrivals = scenarios.find(({ name }) => name === scenario)?.load.arrivals;
  const share =
    arrivals?.kind === "open" ? `, ${Math.round(arrivals.share * 100)} % of its own most` : "";
  return `at ${rate(throughputPerS.value)} per second${share}`;
}

/** A percentile; null where too few samples lie beyond it: the largest of a few is another thing. */
function tail(
  load: LoadRecord | null,
  of: LoadHistogram,
  percentile: "p99" | "p90",
): number | null {
  const value = load === null ? null : (loadPercentiles(load, of)?.[percentile] ?? null);
  return value === null ? null : Math.max(1, value);
}

function saleWorkloads(): Workload[] {
  const perTicket = {
    ...PLAIN,
    measure: ({ meanNs }: BlockResult) => meanNs,
    text: (_: ReportCell, ns: number) => `${duration(ns)} per ticket`,
  };
  const isSale = ({ role, scenario }: ReportCell): boolean =>
    role === "sale" && scenario === STEADY;
  return [
    { ...perTicket, name: "Sell tickets", isOf: isSale },
    {
      ...perTicket,
      name: "Sell tickets without a lock",
      isOf: (cell) =>
        isSale(cell) && isSellingMode(cell.mode) && sellingModes[cell.mode].lock === "none",
    },
  ];
}
