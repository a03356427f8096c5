import { STEADY } from "../plan/cell.ts";
import type { Report, ReportCell } from "../report/report.ts";
import type { Estimate } from "../statistics/interval.ts";
import { type LogRatio, logRatio, ratioEstimate } from "../statistics/log-ratio.ts";
import { blockMeans, cleanBlockMeans, LEAST_BLOCKS } from "./block-means.ts";
import { type Difference, differencesBetween, gatesOf } from "./differences.ts";
import { type Decision, decide } from "./decide.ts";
import { familyIntervals } from "./family-intervals.ts";
import { leastFound } from "./least-found.ts";
import { noiseFloor } from "./noise-floor.ts";
import { uncaughtControls, violationsIn } from "./violations.ts";

export type { Decision } from "./decide.ts";

/** What became of one cell from A to B. */
export interface GateResult {
  readonly key: string;
  /** B's time over A's. The interval of a gate is at Holm's level for all gates, of others the 95 % one. */
  readonly ratio: Estimate;
  /** What was declared beforehand to be as good as equal: 1.05 alone, 1.10 contended. */
  readonly marginRatio: number;
  /**
   * The least ratio that would have been called slower, had it come out with intervals as wide as these; null where
   * none would. What is truly so much slower is found every other time.
   */
  readonly finds: number | null;
  /** That of all blocks and of undisturbed ones where they agree, else `inconclusive`. */
  readonly decision: Decision;
  readonly allBlocks: Decision;
  /** Without blocks that others disturbed; null where fewer than three are left in A or B. */
  readonly cleanBlocks: Decision | null;
}

/** What can be said of report B beside report A. */
export interface Comparison {
  /** Why there is nothing to compare; with `allowDifferentMachine` that the machines differ, too. */
  readonly differences: readonly string[];
  /** What was wrong in B: one line for each cell or lock. */
  readonly violations: readonly string[];
  /** Cells of B whose control lock lets two in and was not caught: B's zeros prove nothing. */
  readonly uncaught: readonly string[];
  /** The wider of the two reports' bands, which is added to each interval so that twins do not come out different. */
  readonly band: number;
  /** The largest ratio that twins of either report showed; 1 without twins. */
  readonly spread: number;
  /** The few cells that were chosen beforehand to decide by. */
  readonly gates: readonly GateResult[];
  /** All other steady cells that both measured: one in twenty of their intervals misses by chance. */
  readonly exploratory: readonly GateResult[];
  /** `wrong` if B is, whatever its speed; `unproven` if nothing could have shown that; `slower` if a gate is. */
  readonly verdict: "incomparable" | "wrong" | "unproven" | "slower" | "passed";
}

/** How a comparison may be loosened. */
export interface CompareOptions {
  /** Ratios of two machines are told, and nothing is decided by them. */
  readonly allowDifferentMachine: boolean;
}

const MARGIN_ALONE = 1.05;
const MARGIN_CONTENDED = 1.1;

/**
 * Says what became of each cell from A to B, and whether B may pass. Decisions are made at the gates only, at
 * levels at which a false "faster" or "slower" among all gates of a run happens 5 times in 100 at most, with
 * all blocks and again without those that others disturbed.
 */
export function compareReports(a: Report, b: Report, options: CompareOptions): Comparison {
  const differences = differencesBetween(a, b);
  const violations = violationsIn(a, b);
  const uncaught = uncaughtControls(b);
  const floors = [noiseFloor(a.cells), noiseFloor(b.cells)];
  const band = Math.max(...floors.map((floor) => floor.band));
  const comparable = differences.every(
    ({ kind }) => kind === "machine" && options.allowDifferentMachine,
  );
  const sameMachine = differences.length === 0;
  const finish = (results: GateResult[]): GateResult[] =>
    sameMachine ? results : results.map(undecided);
  const gates = comparable ? finish(judgeGates(pairsOf(gatesOf(a), b), band)) : [];
  const exploratory = comparable ? finish(explore(pairsOf(others(a), b), band)) : [];
  return {
    differences: differences.map(({ text }: Difference) => text),
    violations,
    uncaught,
    band,
    spread: Math.max(...floors.map((floor) => floor.spread)),
    gates,
    exploratory,
    verdict:
      violations.length > 0
        ? "wrong"
        : !comparable
          ? "incomparable"
          : uncaught.length > 0
            ? "unproven"
            : gates.some(({ decision }) => decision === "slower")
              ? "slower"
              : "passed",
  };
}

type Pair = readonly [a: ReportCell, b: ReportCell];

function pairsOf(cells: readonly ReportCell[], b: Report): Pair[] {
  return cells.flatMap((cell) => {
    const same = b.cells.find(({ key }) => key === cell.key);
    return same === undefined ? [] : [[cell, same] as const];
  });
}

/** All but the second of two twins, and scenarios, which describe: with three blocks at most nothing rests on them. */
function others({ cells }: Report): ReportCell[] {
  return cells.filter((cell) => !cell.gate && cell.twin === 0 && cell.scenario === STEADY);
}

function judgeGates(pairs: readonly Pair[], band: number): GateResult[] {
  const all = familyIntervals(pairs.map(ratioOfAll), band);
  const clean = familyIntervals(pairs.map(ratioOfClean), band);
  return pairs.map((pair, i) => gateResult(pair, band, all[i]!, clean[i]!));
}

function explore(pairs: readonly Pair[], band: number): GateResult[] {
  return pairs.map((pair) => {
    const clean = ratioOfClean(pair);
    return gateResult(
      pair,
      band,
      ratioEstimate(blockMeans(pair[1]), blockMeans(pair[0])),
      clean === null ? null : ratioEstimate(cleanBlockMeans(pair[1]), cleanBlockMeans(pair[0])),
    );
  });
}

function ratioOfAll([a, b]: Pair): LogRatio {
  return logRatio(blockMeans(b), blockMeans(a));
}

function ratioOfClean([a, b]: Pair): LogRatio | null {
  const [first, second] = [cleanBlockMeans(a), cleanBlockMeans(b)];
  return Math.min(first.length, second.length) < LEAST_BLOCKS ? null : logRatio(second, first);
}

function gateResult([a]: Pair, band: number, all: Estimate, clean: Estimate | null): GateResult {
  const marginRatio = a.contenders === 1 ? MARGIN_ALONE : MARGIN_CONTENDED;
  const allBlocks = decide(all, band, marginRatio);
  const cleanBlocks = clean === null ? null : decide(clean, band, marginRatio);
  return {
    key: a.key,
    ratio: all,
    marginRatio,
    finds: leastFound([all, clean], band),
    decision: allBlocks === cleanBlocks ? allBlocks : "inconclusive",
    allBlocks,
    cleanBlocks,
  };
}

/** On different machines a ratio says nothing about what changed. */
function undecided(result: GateResult): GateResult {
  return {
    ...result,
    decision: "inconclusive",
    allBlocks: "inconclusive",
    cleanBlocks: result.cleanBlocks === null ? null : "inconclusive",
  };
}
