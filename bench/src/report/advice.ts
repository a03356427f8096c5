import { type Cell, isCounterCell } from "../plan/cell.ts";
import { type AdviceRow, answerFor, NO_LOCK, NOT_MEASURED } from "./answer-for.ts";
import { isCandidate, isWrong } from "./correctness.ts";
import type { Report, ReportCell } from "./report.ts";
import { runNoise } from "./run-noise.ts";
import { type Workload, workloads } from "./workloads.ts";

export type { AdviceRow } from "./answer-for.ts";

/** Contenders that one chooses for. */
interface Contenders {
  readonly name: string;
  readonly has: (cell: ReportCell) => boolean;
}

/** Above the answers. */
export const ADVICE_TITLE = "Which lock for my workload";

/**
 * "Which lock for my workload", from this report's cells alone. What was wrong is no answer; whoever shares a
 * letter with the best one is as good an answer; what has no cell has no answer. None at all of a report from which
 * nothing can be concluded.
 */
export function adviceFor(report: Report): readonly AdviceRow[] {
  if (!report.conclusions) return [];
  const rows = given.get(report) ?? adviseOn(report);
  given.set(report, rows);
  return rows;
}

/** Each form of a report asks for it, and a page twice: it takes as long as reading the report. */
const given = new WeakMap<Report, readonly AdviceRow[]>();

function adviseOn(report: Report): readonly AdviceRow[] {
  const noise = runNoise(report.cells);
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
        .map(({ who, cells }) =>
          answerFor(`${workload.name}: ${who.name}`, fitting(workload, cells), cells, noise),
        ),
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

/** The workload, or its coarser form where some block tells nothing by the finer one. */
function fitting(workload: Workload, cells: readonly ReportCell[]): Workload {
  const { coarser, measure } = workload;
  const isTold = cells.every(({ blocks }) => blocks.every((block) => measure(block) !== null));
  return coarser === undefined || isTold ? workload : coarser;
}

/**
 * The same for readers without a table: a sentence for each choice that the report decides; where there was one
 * lock only, or none, the kinds of work are only named.
 */
export function adviceSentences(report: Report): string[] {
  const rows = adviceFor(report);
  const alone = rows.filter(({ cells, answer }) => cells.length === 1 && answer !== NO_LOCK);
  const missing = rows.filter(({ cells }) => cells.length === 0);
  return [
    ...rows
      .filter((row) => !alone.includes(row) && !missing.includes(row))
      .map(
        ({ workload, answer, why, cells }) => `${workload}: ${answer} (${why}; see ${cells[0]!}).`,
      ),
    ...(alone.length === 0 ? [] : [`Nothing to choose from, one lock each: ${worksOf(alone)}.`]),
    ...(missing.length === 0
      ? []
      : [`No answer, not measured: ${missing.map(({ workload }) => workload).join("; ")}.`]),
  ];
}

/** `Contended: threads of node, processes of node; Seldom contended: threads of node`. */
function worksOf(rows: readonly AdviceRow[]): string {
  const works = Map.groupBy(
    rows.map(({ workload }) => workload.split(": ") as [work: string, who: string]),
    ([work]) => work,
  );
  return [...works]
    .map(([work, some]) => `${work}: ${some.map(([, who]) => who).join(", ")}`)
    .join("; ");
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
