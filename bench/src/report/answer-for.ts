import type { Noise } from "../compare/judge-pairs.ts";
import { tieGroups } from "../compare/tie-groups.ts";
import { geometricEstimate } from "../statistics/interval.ts";
import { digits, plural } from "./format.ts";
import type { ReportCell } from "./report.ts";
import type { Workload } from "./workloads.ts";

/** What to take for a kind of work, as far as a run can tell. */
export interface AdviceRow {
  readonly workload: string;
  /** Names of what cannot be told from the best; or that there is no answer, and why. */
  readonly answer: string;
  readonly why: string;
  /** Keys of the cells that decide it, the best one first. */
  readonly cells: readonly string[];
}

/** The answer where no cell shows a kind of work. */
export const NOT_MEASURED = "no answer: not measured";
/** The answer where every lock that was measured has a fault that rules it out. */
export const NO_LOCK = "none of those that were measured";
/** The answer where locks were not loaded alike. */
const NOT_RANKED = "not ranked";

interface Ranked {
  readonly cell: ReportCell;
  readonly value: number;
}

/**
 * The best of cells of the same work and all that cannot be told from it, with what comes next and what has no
 * rank. Where each lock was loaded with a share of what it can serve itself and those rates differ by more than
 * noise, each is told and none is ranked: the lock that serves more had more to serve.
 *
 * @param cells - at least one
 */
export function answerFor(
  name: string,
  workload: Workload,
  cells: readonly ReportCell[],
  noise: Noise,
): AdviceRow {
  const { measure, fault } = workload;
  const named = (cell: ReportCell): string => nameOf(cell, cells);
  const faulty = cells.filter((cell) => fault(cell) !== null);
  const measured = cells
    .filter((cell) => !faulty.includes(cell))
    .map((cell) => ({ cell, values: cell.blocks.flatMap((block) => measure(block) ?? []) }));
  const ranked = measured
    .filter(({ values }) => values.length > 0)
    .map(({ cell, values }) => ({ cell, value: geometricEstimate(values).value }))
    .sort((a, b) => a.value - b.value);
  const silent = measured.filter(({ values }) => values.length === 0);
  const besides = [
    ...(silent.length === 0
      ? []
      : [`too little was measured to rank ${silent.map(({ cell }) => named(cell)).join(", ")}`]),
    ...faulty.map((cell) => `${named(cell)} ${fault(cell)!}`),
  ];
  const [first] = ranked;
  if (first === undefined)
    return {
      workload: name,
      answer: faulty.length > 0 ? NO_LOCK : NOT_MEASURED,
      why: besides.join("; "),
      cells: faulty.map(({ key }) => key),
    };
  if (workload.hasOwnRates && !haveEqualRates(ranked, noise)) {
    const inOrder = cells.flatMap((cell) => ranked.filter((one) => one.cell === cell));
    return {
      workload: name,
      answer: NOT_RANKED,
      why: [
        `each came at a rate of its own, ${placeOf(first.cell)}`,
        ...inOrder.map(({ cell, value }) => `${named(cell)} ${workload.text(cell, value)}`),
        ...besides,
      ].join("; "),
      cells: inOrder.map(({ cell }) => cell.key),
    };
  }
  return bestOf(name, workload, cells, { ranked, faulty, besides, noise });
}

function bestOf(
  name: string,
  { measure, text, isTime }: Workload,
  cells: readonly ReportCell[],
  {
    ranked,
    faulty,
    besides,
    noise,
  }: {
    readonly ranked: readonly Ranked[];
    readonly faulty: readonly ReportCell[];
    readonly besides: readonly string[];
    readonly noise: Noise;
  },
): AdviceRow {
  const letters = tieGroups(
    ranked.map(({ cell }) => cell),
    noise.band,
    measure,
    // Twins tell what times of the same thing differ by, and nothing of evenness.
    isTime ? noise.floor : noise.band,
  );
  const first = ranked[0]!;
  const firstLetters = [...letters.get(first.cell.key)!];
  const tied = ranked.filter(({ cell }) =>
    firstLetters.some((letter) => letters.get(cell.key)!.includes(letter)),
  );
  const next = ranked.find((other) => !tied.includes(other));
  const nextWords = ({ cell, value }: Ranked): string =>
    isTime ? `x${digits(value / first.value)}` : text(cell, value);
  return {
    workload: name,
    answer: tied.map(({ cell }) => nameOf(cell, cells)).join(", "),
    why: [
      `${text(first.cell, first.value)} ${placeOf(first.cell)}`,
      ...(cells.length === 1 ? ["the only one measured"] : []),
      ...(tied.length > 1 ? ["they cannot be told apart"] : []),
      ...(next === undefined ? [] : [`next: ${nameOf(next.cell, cells)}, ${nextWords(next)}`]),
      ...besides,
    ].join("; "),
    cells: [
      ...[...tied, ...(next === undefined ? [] : [next])].map(({ cell }) => cell.key),
      ...faulty.map(({ key }) => key),
    ],
  };
}

/** True if all rates lie within the noise of each other. */
function haveEqualRates(ranked: readonly Ranked[], { floor }: Noise): boolean {
  const perS = ranked.map(({ cell }) => cell.statistics.throughputPerS.value);
  return Math.max(...perS) / Math.min(...perS) <= floor;
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
