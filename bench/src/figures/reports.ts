import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { compareReports, type Comparison } from "../compare/compare-reports.ts";
import { gatesOf } from "../compare/differences.ts";
import { runToRunDeviation } from "../compare/run-to-run.ts";
import type { Report } from "../report/report.ts";
import { readReport } from "../report/read-report.ts";
import { median } from "../statistics/interval.ts";
import { runInGroup } from "../cli/run-in-group.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";

/** Runs of the quick preset in a row, each compared with the one before. */
const RUNS = 11;
/** Where a verdict must appear, since it was put there: in the later run, one gate at a time takes so much longer. */
const PLANTED = [1.5, 2] as const;
/** Of the gates that take twice as long so many must be found: runs that find fewer are too noisy to disagree. */
const LEAST_FOUND = 0.5;

/** What reports promise: that they agree where nothing has changed, and that they are soon and small. */
export const reportFigures: readonly Figure[] = [
  {
    name: "quick-agrees",
    claim: `Two quick runs in a row: no gate called faster or slower, but for 1 of ${RUNS - 1} pairs at most`,
    limit: { kind: "at-most", value: 1 },
    needs: {},
    onlyWhenNamed: true,
    measure: ({ root, signal }: FigureContext) => quickAgrees(root, signal),
  },
  {
    name: "report-time",
    claim:
      "Rendering the largest committed report, from the command's start to its end: at most 2 s",
    limit: { kind: "at-most", value: 2 },
    needs: {},
    onlyWhenNamed: false,
    measure: ({ root, signal }: FigureContext) => rendering(root, signal, "s"),
  },
  {
    name: "report-size",
    claim: "The largest committed report as one HTML file: at most 1 MB",
    limit: { kind: "at-most", value: 1_000_000 },
    needs: {},
    onlyWhenNamed: false,
    measure: ({ root, signal }: FigureContext) => rendering(root, signal, "bytes"),
  },
];

async function quickAgrees(root: string, signal: AbortSignal): Promise<Measurement> {
  const out = mkdtempSync(join(tmpdir(), "ticketlock-figures-"));
  try {
    const pairs: (readonly [Report, Report])[] = [];
    let before: Report | undefined;
    for (let run = 0; run < RUNS; run++) {
      const folder = join(out, String(run));
      const args = ["bench/src/main.ts", "--out", folder];
      const { code } = await runInGroup(process.execPath, args, root, signal);
      if (code !== 0) throw new Error(`Cannot compare runs: the bench ended with ${code}.`);
      const report = readReport(folder);
      if (before !== undefined) pairs.push([before, report]);
      before = report;
    }
    return agreementOf(pairs);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/**
 * In how many pairs of runs of one commit any gate was called faster or slower, and what that is worth: in how many
 * gates a planted slow-down would have been, and how wide the intervals were.
 *
 * @param pairs - two runs each
 */
export function agreementOf(pairs: readonly (readonly [Report, Report])[]): Measurement {
  const comparisons = pairs.map(([a, b]) => compare(a, b));
  const told = comparisons.filter((comparison) => decided(comparison).length > 0);
  const gates = comparisons.flatMap((comparison) => comparison.gates);
  const [byHalf, twice] = PLANTED.map((factor) => foundOf(pairs, factor)) as [number, number];
  const equivalent = gates.filter(({ decision }) => decision === "equivalent").length;
  const comparable = comparisons.every(
    ({ verdict }) => verdict === "passed" || verdict === "slower",
  );
  return {
    ...absolute(told.length, "pairs that disagree"),
    detail: `${comparisons.length} pairs of runs of one commit, ${gates.length} gates in all, ${equivalent} of them called equivalent; told apart: ${told.flatMap(decided).join(", ") || "none"}; beyond what blocks explain, runs scatter by ${percent(runToRunDeviation(pairs))}; what agreement could show: the median interval is x${widthOf(gates)} wide, and of slow-downs planted in one gate at a time, by half ${byHalf} and of twice the time ${twice} of ${gates.length} were found`,
    faults: [
      ...(comparable && gates.length > 0 ? [] : ["two runs could not be compared"]),
      ...(twice < LEAST_FOUND * gates.length
        ? ["the runs are too noisy to disagree: most gates that take twice the time were not found"]
        : []),
    ],
  };
}

/** At how many gates of all pairs a slow-down of that gate alone is found. */
function foundOf(pairs: readonly (readonly [Report, Report])[], factor: number): number {
  const plantedAt = (a: Report, b: Report, key: string): boolean =>
    compare(a, slowedDown(b, key, factor)).gates.some(
      (gate) => gate.key === key && gate.decision === "slower",
    );
  return pairs
    .map(([a, b]) => gatesOf(b).filter(({ key }) => plantedAt(a, b, key)).length)
    .reduce((sum, found) => sum + found, 0);
}

/** The upper end of an interval over its lower end. */
function widthOf(gates: Comparison["gates"]): string {
  const widths = gates.flatMap(({ ratio: { low, high } }) =>
    low === null || high === null ? [] : [high / low],
  );
  return widths.length === 0 ? "?" : median(widths).toFixed(2);
}

function percent(deviation: number | null): string {
  return deviation === null ? "an unknown amount" : `${(100 * deviation).toFixed(1)} %`;
}

function compare(a: Report, b: Report): Comparison {
  return compareReports(a, b, { allowDifferentMachine: false });
}

function decided({ gates }: Comparison): string[] {
  return gates
    .filter(({ decision }) => decision === "faster" || decision === "slower")
    .map(({ key, decision }) => `${key} ${decision}`);
}

function slowedDown(report: Report, key: string, factor: number): Report {
  const cells = report.cells.map((cell) =>
    cell.key === key
      ? {
          ...cell,
          blocks: cell.blocks.map((block) => ({ ...block, meanNs: block.meanNs * factor })),
        }
      : cell,
  );
  return { ...report, cells };
}

/** Renders the largest report that is committed and of this schema, in a process of its own. */
async function rendering(
  root: string,
  signal: AbortSignal,
  unit: "s" | "bytes",
): Promise<Measurement> {
  const { name, folder, cells } = largestReport(join(root, "bench", "results", "committed"));
  const out = mkdtempSync(join(tmpdir(), "ticketlock-figures-"));
  try {
    const args = ["bench/src/main.ts", "report", folder, "--out", join(out, "r")];
    const before = performance.now();
    const { code, output } = await runInGroup(process.execPath, args, root, signal);
    const tookS = (performance.now() - before) / 1_000;
    if (code !== 0) throw new Error(`Cannot render ${name}: ${output.trim().split("\n").at(-1)}`);
    const size = statSync(join(out, "r", "report.html")).size;
    return {
      ...absolute(unit === "s" ? tookS : size, unit),
      detail: `${name}: ${cells} cells, ${size} bytes of HTML, rendered in ${tookS.toFixed(2)} s with its Markdown and pictures`,
      faults: [],
    };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function largestReport(committed: string): {
  readonly name: string;
  readonly folder: string;
  readonly cells: number;
} {
  const reports = readdirSync(committed).flatMap((name) => {
    const folder = join(committed, name);
    try {
      return [{ name, folder, cells: readReport(folder).cells.length }];
    } catch {
      return []; // figures, or a report of an older schema
    }
  });
  const [largest] = reports.sort((a, b) => b.cells - a.cells);
  if (largest === undefined)
    throw new Error("Cannot render a report: none of this schema is committed.");
  return largest;
}

function absolute(value: number, unit: string): Omit<Measurement, "detail" | "faults"> {
  return { value, unit, control: null, ratio: null, range: null, compared: value };
}
