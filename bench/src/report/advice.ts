import { isSellingMode, sellingModes } from "@ticketlock/core";
import { noiseFloor } from "../compare/noise-floor.ts";
import { tieGroups } from "../compare/tie-groups.ts";
import { type Cell, isCounterCell, STEADY } from "../plan/cell.ts";
import { scenarios } from "../plan/scenarios.ts";
import type { BlockResult } from "../run/block.ts";
import { fairnessOf } from "../statistics/fairness.ts";
import { geometricEstimate, mean, median } from "../statistics/interval.ts";
import { mergeHistograms, percentilesOf } from "../statistics/percentiles.ts";
import { rates } from "../run/rates.ts";
import { digits, duration, plural } from "./format.ts";
import type { Report, ReportCell } from "./report.ts";
import { isCandidate, isWrong } from "./correctness.ts";

/** What to take for a kind of work, as far as a run can tell. */
export interface AdviceRow {
  readonly workload: string;
  /** Names of what cannot be told from the best; or that there is no answer, and why. */
  readonly answer: string;
  readonly why: string;
  /** Keys of the cells that decide it, the best one first. */
  readonly cells: readonly string[];
}

/** A kind of work: which cells show it, and what is best in it. */
interface Workload {
  readonly name: string;
  readonly isOf: (cell: ReportCell) => boolean;
  /** Of a block: positive, less is better; null where the block does not tell. */
  readonly measure: (block: BlockResult) => number | null;
  /** The measure in words. */
  readonly text: (value: number, cell: ReportCell) => string;
}

/** Contenders that one chooses for. */
interface Contenders {
  readonly name: string;
  readonly has: (cell: ReportCell) => boolean;
}

/** Above the answers. */
export const ADVICE_TITLE = "Which lock for my workload";

const NOT_MEASURED = "no answer: not measured";
/** Evenness is not told any finer: a block in which all got the same has no logarithm otherwise. */
const LEAST_UNEVENNESS = 1e-6;

/**
 * "Which lock for my workload", from this report's cells alone. What was wrong is no answer; whoever shares a
 * letter with the best one is as good an answer; what has no cell has no answer.
 */
export function adviceFor(report: Report): readonly AdviceRow[] {
  const { band } = noiseFloor(report.cells);
  const sound = report.cells.filter(
    (cell) => isCandidate(cell) && !isWrong(cell) && cell.twin === 0,
  );
  const contenders = contendersOf(report.cells);
  return workloads().flatMap((workload) => {
    const shown = contenders.map((who) => ({
      who,
      cells: mostCompared(sound.filter((cell) => who.has(cell) && workload.isOf(cell))),
    }));
    const missing = shown.filter(({ cells }) => cells.length === 0).map(({ who }) => who.name);
    return [
      ...shown
        .filter(({ cells }) => cells.length > 0)
        .map(({ who, cells }) => best(`${workload.name}: ${who.name}`, workload, cells, band)),
      ...(missing.length === 0
        ? []
        : [
            {
              workload:
                missing.length === shown.length
                  ? workload.name
                  : `${workload.name}: ${missing.join(", ")}`,
              answer: NOT_MEASURED,
              why: "no cell of this report shows it",
              cells: [],
            },
          ]),
    ];
  });
}

/**
 * The same for readers without a table: a sentence for each choice that the report decides; where there was one
 * lock only, or none, the kinds of work are only named.
 */
export function adviceSentences(report: Report): string[] {
  const rows = adviceFor(report);
  const namedWorks = (some: readonly AdviceRow[], name: (row: AdviceRow) => string): string =>
    [...new Set(some.map(name))].join("; ");
  const alone = rows.filter(({ cells }) => cells.length === 1);
  const missing = rows.filter(({ cells }) => cells.length === 0);
  return [
    ...rows
      .filter(({ cells }) => cells.length > 1)
      .map(
        ({ workload, answer, why, cells }) => `${workload}: ${answer} (${why}; see ${cells[0]!}).`,
      ),
    ...(alone.length === 0
      ? []
      : [
          `Nothing to choose from, one lock each: ${namedWorks(alone, ({ workload }) => workload.split(": ")[0]!)}.`,
        ]),
    ...(missing.length === 0
      ? []
      : [`No answer, not measured: ${namedWorks(missing, ({ workload }) => workload)}.`]),
  ];
}

function workloads(): Workload[] {
  return [...steadyWorkloads(), ...scenarioWorkloads(), ...saleWorkloads()];
}

function steadyWorkloads(): Workload[] {
  const perOperation = {
    measure: ({ meanNs }: BlockResult) => meanNs,
    text: (ns: number, cell: ReportCell) => `${duration(ns)} per operation ${placeOf(cell)}`,
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
      name: "Everyone must get an equal share",
      isOf: (cell) => isSteady(cell) && cell.contenders > 1,
      measure: ({ windows }) =>
        Math.max(
          LEAST_UNEVENNESS,
          1 - mean(windows.map(({ shares, spansNs }) => fairnessOf(rates(shares, spansNs)).jain)),
        ),
      text: (_, cell) =>
        `Jain's index ${cell.statistics.fairness.jain.toFixed(3)}, in the worst window ${cell.statistics.fairness.jainWorst.toFixed(3)}, ${placeOf(cell)}`,
    },
  ];
}

function scenarioWorkloads(): Workload[] {
  const isOf =
    (traits: (load: (typeof scenarios)[number]["load"]) => boolean) =>
    ({ scenario }: ReportCell): boolean =>
      scenarios.some(({ name, load }) => name === scenario && traits(load));
  return [
    {
      name: "Who came first must be served first",
      isOf: isOf(({ queuedAtStart }) => queuedAtStart),
      measure: ({ load }) => tail(load?.passedBy ?? null),
      text: (count, cell) =>
        `passed by at most ${plural(Math.round(count), "time")} in 99 of 100 cases ${placeOf(cell)}`,
    },
    {
      name: "A holder may be killed",
      isOf: (cell) => isOf(({ dies }) => dies)(cell) && cell.blocks.every(recovered),
      measure: ({ load }) => {
        const grants = load?.recovery?.nextGrantNs ?? [];
        return grants.length === 0 ? null : Math.max(1, median(grants));
      },
      text: (ns, cell) => `${duration(ns)} from the end to the next grant ${placeOf(cell)}`,
    },
    {
      name: "The event loop must not block",
      isOf: isOf(({ watchesLoop }) => watchesLoop),
      measure: ({ load }) => tail(load?.loopDelays ?? null),
      text: (ns, cell) => `timers at most ${duration(ns)} late in 99 of 100 cases ${placeOf(cell)}`,
    },
    {
      name: "Operations come at random times",
      isOf: isOf(({ arrivals }) => arrivals.kind === "open"),
      measure: ({ load }) => tail(load?.latencies ?? null),
      text: (ns, cell) => `done within ${duration(ns)} in 99 of 100 cases ${placeOf(cell)}`,
    },
  ];
}

/** A grant followed each death. */
function recovered({ load }: BlockResult): boolean {
  const recovery = load?.recovery ?? null;
  return recovery !== null && recovery.nextGrantNs.length >= recovery.deaths;
}

/** The 99th percentile; where too few samples lie beyond it, the largest. */
function tail(histogram: string | null): number | null {
  if (histogram === null) return null;
  const { p99, max } = percentilesOf(mergeHistograms([histogram]));
  const value = p99 ?? max;
  return value === null ? null : Math.max(1, value);
}

function saleWorkloads(): Workload[] {
  const measure = ({ meanNs }: BlockResult): number => meanNs;
  const text = (ns: number, cell: ReportCell): string =>
    `${duration(ns)} per ticket ${placeOf(cell)}`;
  const isSale = ({ role, scenario }: ReportCell): boolean =>
    role === "sale" && scenario === STEADY;
  return [
    { name: "Sell tickets", isOf: isSale, measure, text },
    {
      name: "Sell tickets without a lock",
      isOf: (cell) =>
        isSale(cell) && isSellingMode(cell.mode) && sellingModes[cell.mode].lock === "none",
      measure,
      text,
    },
  ];
}

/**
 * Threads and processes of each runtime that was measured. Of those that were not at all there is one without
 * a runtime's name, so that a reader finds no answer instead of nothing.
 */
function contendersOf(cells: readonly ReportCell[]): Contenders[] {
  const adapters = Map.groupBy(
    cells.filter((cell) => cell.role !== "peer" && isCounterCell(cell as Cell)),
    ({ adapter }) => adapter,
  );
  const found = [...adapters.values()].map(([first]) => ({
    adapter: first!.adapter,
    name:
      first!.runtime === "mixed"
        ? "processes of several runtimes"
        : `${first!.store === "memory" ? "threads" : "processes"} of ${first!.runtime}`,
  }));
  const named = Map.groupBy(found, ({ name }) => name);
  return [
    ...[...named].map(([name, members]) => ({
      name,
      has: ({ adapter }: ReportCell) => members.some((member) => member.adapter === adapter),
    })),
    ...["threads", "processes", "processes of several runtimes"]
      .filter((kind) => !found.some(({ name }) => isOfKind(name, kind)))
      .map((name) => ({ name, has: () => false })),
  ];
}

function isOfKind(name: string, kind: string): boolean {
  if (kind.endsWith("runtimes")) return name === kind;
  return name.startsWith(`${kind} of`) && !name.endsWith("several runtimes");
}

/** Cells of the same work: of all such groups the one with most to choose from, then the plainest. */
function mostCompared(cells: readonly ReportCell[]): readonly ReportCell[] {
  const groups = Map.groupBy(cells, ({ scenario, contenders, section, mode, role }) =>
    [scenario, contenders, section, ...(role === "sale" ? [] : [mode])].join("/"),
  );
  const [first = []] = [...groups.values()].sort(
    (a, b) =>
      b.length - a.length ||
      a[0]!.section - b[0]!.section ||
      Number(a[0]!.oversubscribed) - Number(b[0]!.oversubscribed) ||
      a[0]!.contenders - b[0]!.contenders,
  );
  return first;
}

function best(
  workload: string,
  { measure, text }: Workload,
  cells: readonly ReportCell[],
  band: number,
): AdviceRow {
  const letters = tieGroups(cells, band, measure);
  const ranked = cells
    .flatMap((cell) => {
      const values = cell.blocks.flatMap((block) => measure(block) ?? []);
      return values.length === 0 ? [] : [{ cell, value: geometricEstimate(values).value }];
    })
    .sort((a, b) => a.value - b.value);
  const [first] = ranked;
  if (first === undefined)
    return { workload, answer: NOT_MEASURED, why: "its blocks do not tell", cells: [] };
  const firstLetters = [...letters.get(first.cell.key)!];
  const tied = ranked.filter(({ cell }) =>
    firstLetters.some((letter) => letters.get(cell.key)!.includes(letter)),
  );
  const next = ranked.find((other) => !tied.includes(other));
  return {
    workload,
    answer: tied.map(({ cell }) => nameOf(cell, cells)).join(", "),
    why: [
      text(first.value, first.cell),
      ...(cells.length === 1 ? ["the only one measured"] : []),
      ...(tied.length > 1 ? ["they cannot be told apart"] : []),
      ...(next === undefined
        ? []
        : [`next: ${nameOf(next.cell, cells)}, x${digits(next.value / first.value)}`]),
    ].join("; "),
    cells: [...tied, ...(next === undefined ? [] : [next])].map(({ cell }) => cell.key),
  };
}

/** A lock by its kind, a sale by its mode and store; with the adapter where two have the same. */
function nameOf(cell: ReportCell, cells: readonly ReportCell[]): string {
  const short = ({ role, lock, mode, store }: ReportCell): string =>
    role !== "sale" ? lock : `${mode}${lock === "none" ? "" : ` with ${lock}`} on ${store}`;
  const name = short(cell);
  const isAmbiguous = cells.some((other) => other !== cell && short(other) === name);
  return isAmbiguous ? `${name} (${cell.adapter})` : name;
}

function placeOf({ contenders, section, oversubscribed }: ReportCell): string {
  return `at ${plural(contenders, "contender")}${
    section > 0 ? ` with sections of ${section} us` : ""
  }${oversubscribed ? ", more than cores" : ""}`;
}
