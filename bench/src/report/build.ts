import { type Cell, cellKey, FALSE_SHARING, ORACLE, PRIVATE_LINE } from "../plan/cell.ts";
import type { BlockResult } from "../run/block.ts";
import { rates } from "../run/rates.ts";
import { costSplit, type CostSplit } from "../statistics/cost-split.ts";
import { fairnessOverWindows } from "../statistics/fairness.ts";
import { geometricEstimate, invertEstimate } from "../statistics/interval.ts";
import { mergeHistograms, percentilesOf } from "../statistics/percentiles.ts";
import { total } from "../statistics/total.ts";
import { zeroBound } from "../statistics/zero-bound.ts";
import { loadStatistics } from "./load-statistics.ts";
import type { CellStatistics, ReportCell, Violation } from "./report.ts";
import { splitControls } from "./split-controls.ts";

/** A cell with what was measured of it. */
export interface CellRun {
  readonly cell: Cell;
  readonly blocks: readonly BlockResult[];
  readonly failures: readonly string[];
}

/** Computes the report's cells; those without a measured block have none. */
export function buildCells(runs: readonly CellRun[], cores: number): ReportCell[] {
  const measured = runs.filter((run) => run.blocks.length > 0);
  const meanNs = new Map(
    measured.map((run) => [
      run.cell,
      geometricEstimate(run.blocks.map((block) => block.meanNs)).value,
    ]),
  );
  return measured.map((run) => buildCell(run, splitOf(run.cell, meanNs), cores));
}

function buildCell(
  { cell, blocks, failures }: CellRun,
  split: CostSplit | null,
  cores: number,
): ReportCell {
  const checks = checksOf(cell, blocks);
  const tokens = blocks.every((block) => block.check !== null) && cell.mode.startsWith("counter");
  return {
    ...cell,
    key: cellKey(cell),
    oversubscribed: cell.contenders > cores,
    oversold: checks.oversold.seen,
    lostUpdates: checks.lostUpdates.seen ?? 0,
    overlaps: checks.overlaps.seen,
    tokensOutOfOrder: tokens ? total(blocks, (block) => block.check?.tokensOutOfOrder ?? 0) : null,
    checks,
    statistics: statisticsOf(blocks, split),
    blocks,
    failures,
  };
}

function statisticsOf(blocks: readonly BlockResult[], split: CostSplit | null): CellStatistics {
  const windows = blocks.flatMap((block) => block.windows);
  // CPU time and retries are those of the whole run, so they belong to all of its operations.
  const operations = total(windows, (window) => window.allOperations);
  const nsPerOperation = geometricEstimate(blocks.map((block) => block.meanNs));
  const clean = blocks.filter((block) => !block.contaminated);
  const histograms = blocks.flatMap((block) => (block.check === null ? [] : block.check.histogram));
  return {
    throughputPerS: invertEstimate(nsPerOperation, 1e9),
    nsPerOperation,
    nsPerOperationClean:
      clean.length > 0 ? geometricEstimate(clean.map((block) => block.meanNs)) : null,
    cpuSecondsPerOperation: windows.some((window) => window.cpuUs === null)
      ? null
      : total(windows, (window) => window.cpuUs ?? 0) / 1e6 / operations,
    fairness: fairnessOverWindows(windows.map(({ shares, spansNs }) => rates(shares, spansNs))),
    waitNs: histograms.length > 0 ? percentilesOf(mergeHistograms(histograms)) : null,
    split,
    load: loadStatistics(blocks.flatMap((block) => block.load ?? [])),
    retriesPerOperation: total(windows, (window) => window.retries) / operations,
    startSkewNsWorst: Math.max(...windows.map((window) => window.startSkewNs)),
    warmUpsMost: Math.max(...blocks.flatMap((block) => block.warmUps)),
    contaminatedBlocks: blocks.length - clean.length,
    othersKnown: windows.every(({ noise }) => noise.othersCores !== null),
  };
}

function checksOf(cell: Cell, blocks: readonly BlockResult[]): ReportCell["checks"] {
  const windows = blocks.flatMap((block) => block.windows);
  const checked = blocks.flatMap((block) => block.check ?? []);
  const sellOuts = blocks.flatMap((block) => block.sellOut ?? []);
  const journals = sellOuts.filter((sellOut) => sellOut.journalFaults !== null);
  const lost =
    total(windows, (window) => window.lostUpdates) +
    total(checked, (check) => check.lostUpdates) +
    total(sellOuts, (sellOut) => sellOut.lostUpdates);
  const operations =
    total(windows, (window) => window.operations) +
    total(checked, (check) => check.operations) +
    total(sellOuts, (sellOut) => sellOut.sold);
  const overlaps = total(checked, (check) => check.overlaps);
  const overlapTrials = total(checked, (check) => check.overlapTrials);
  const canMeet = haveRivals(cell);
  return {
    oversold: violation(
      sellOuts.length > 0
        ? seenWhere(
            canMeet,
            total(sellOuts, (one) => one.oversold),
          )
        : null,
      total(sellOuts, (one) => one.sold),
    ),
    lostUpdates: violation(seenWhere(canMeet && !countAlone(cell), lost), operations),
    overlaps: violation(overlapTrials > 0 ? seenWhere(canMeet, overlaps) : null, overlapTrials),
    journalFaults: violation(
      journals.length > 0 ? total(journals, (one) => one.journalFaults ?? 0) : null,
      total(journals, (one) => one.sold),
    ),
  };
}

/** False where nobody else could be inside, so that nothing can be lost, sold twice or overlap, whatever the lock. */
function haveRivals({ contenders, lock }: Cell): boolean {
  return contenders > 1 && lock !== ORACLE;
}

/** True where each contender has a counter of its own, of which nobody else can take an update. */
function countAlone({ lock }: Cell): boolean {
  return lock === PRIVATE_LINE || lock === FALSE_SHARING;
}

/** A zero says nothing where it could not have come out otherwise; anything else is a fault all the same. */
function seenWhere(canHappen: boolean, count: number): number | null {
  return canHappen || count !== 0 ? count : null;
}

function violation(seen: number | null, trials: number): Violation {
  return { seen, trials, bound: seen === 0 ? zeroBound(trials) : null };
}

/** Sets a lock's cell between its unlocked one and its oracle. */
function splitOf(cell: Cell, meanNs: ReadonlyMap<Cell, number>): CostSplit | null {
  const controls = splitControls(cell, meanNs.keys());
  if (controls === null) return null;
  const { unlocked, oracle } = controls;
  return costSplit(meanNs.get(unlocked)!, meanNs.get(oracle)!, meanNs.get(cell)!);
}
