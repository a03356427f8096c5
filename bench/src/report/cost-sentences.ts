import { leastApart, measuredOf, type Noise } from "../compare/judge-pairs.ts";
import { LEAST_BAND } from "../compare/noise-floor.ts";
import { tieGroups } from "../compare/tie-groups.ts";
import { median } from "../statistics/interval.ts";
import { isCandidate, isWrong } from "./correctness.ts";
import { digits, duration, margin, plural } from "./format.ts";
import type { Report, ReportCell } from "./report.ts";
import { noiseSentence, runNoise } from "./run-noise.ts";

/**
 * What it costs to add 1 under each adapter's default lock, alone and contended, set between its controls, with
 * the locks that cannot be told from it; and the scope of all that. None where no default lock was measured.
 */
export function costSentences(report: Report): string[] {
  const noise = runNoise(report.cells);
  const gates = report.cells.filter(
    (cell) => cell.gate && cell.twin === 0 && isCandidate(cell) && !isWrong(cell),
  );
  const adapters = Map.groupBy(gates, ({ adapter, runtime }) => `${adapter} on ${runtime}`);
  if (adapters.size === 0) return [];
  return [
    ...[...adapters].map(([name, cells]) => adapterSentence(name, cells, report.cells, noise)),
    `That holds for this machine (${plural(report.environment.cores, "core")}), ${sectionsOf(gates)} and contenders that come again at once. ${noiseSentence(noise)}`,
    ...widthSentence(gates, report, noise),
  ];
}

/** What `compare` declares to be as good as equal under contention. */
const NEAR = 1.1;

/**
 * Said where two locks that differ by a tenth, with intervals as wide as those of the gates and the locks beside them
 * mostly are, could not be told apart by the narrowest band. Where twins widen it the sentence on noise says so.
 */
function widthSentence(
  gates: readonly ReportCell[],
  { preset, cells }: Report,
  noise: Noise,
): string[] {
  const widths = gates.flatMap(({ statistics: { nsPerOperation: time } }) =>
    time.low === null || time.high === null ? [] : [Math.log(time.high / time.low) / 2],
  );
  const ratios = gates.flatMap((gate) => leastBeside(gate, cells, noise));
  if (widths.length === 0 || ratios.length === 0) return [];
  const typical = median(widths);
  const ratio = median(ratios);
  if (ratio <= noise.floor || ratio / noise.band <= NEAR / LEAST_BAND) return [];
  return [
    `Intervals are wide: half of these times are known no better than to +-${percent(typical)}, so that two locks that differ by less than about x${ratio.toFixed(ratio < 2 ? 2 : 1)} cannot be told apart by this run. Measure on a quiet machine${preset === "quick" ? ", or with --preset standard" : ""}.`,
  ];
}

/** How far each lock on the same work would have to be from the gate; where it is alone, another one that scatters as it does. */
function leastBeside(gate: ReportCell, cells: readonly ReportCell[], noise: Noise): number[] {
  const same = locksBeside(gate, cells);
  const pairs = (same.length > 1 ? same : [gate, gate]).flatMap((above, i, all) =>
    all.slice(i + 1).map((below) => [above, below] as const),
  );
  const least = leastApart(
    pairs.map(([above, below]) => [measuredOf(above), measuredOf(below)] as const),
    noise,
  );
  return pairs.flatMap((pair, i) => (pair.includes(gate) ? (least[i] ?? []) : []));
}

function percent(logarithm: number): string {
  return `${((Math.exp(logarithm) - 1) * 100).toFixed(0)} %`;
}

function adapterSentence(
  name: string,
  gates: readonly ReportCell[],
  cells: readonly ReportCell[],
  noise: Noise,
): string {
  const ordered = [...gates].sort((a, b) => a.contenders - b.contenders);
  const focus = ordered.at(-1)!;
  const costs = ordered.map(
    (cell) => `${timeOf(cell)} ${cell.contenders === 1 ? "alone" : `between ${cell.contenders}`}`,
  );
  return `${name}: adding 1 under ${focus.lock} takes ${costs.join(", ")}${besideControls(focus)}${besideLocks(focus, cells, noise)}.`;
}

function timeOf({ statistics: { nsPerOperation: time } }: ReportCell): string {
  const interval = margin(time);
  return `${duration(time.value)}${interval === "-" ? "" : ` (+-${interval})`}`;
}

function besideControls({ statistics: { split }, contenders }: ReportCell): string {
  if (split === null || contenders === 1) return "";
  return `; unlocked ${duration(split.unlockedNs)}, one doing it for all ${duration(split.oracleNs)}`;
}

/** The adapter's other locks on the same work, as far as they are as good or better. */
function besideLocks(
  focus: ReportCell,
  cells: readonly ReportCell[],
  { band, floor }: Noise,
): string {
  const same = locksBeside(focus, cells);
  const letters = tieGroups(same, band, undefined, floor);
  const own = letters.get(focus.key)!;
  const others = same.filter((cell) => cell !== focus);
  const isTied = ({ key }: ReportCell): boolean =>
    [...letters.get(key)!].some((letter) => own.includes(letter));
  const tied = others.filter(isTied);
  const ratio = (cell: ReportCell): number =>
    focus.statistics.nsPerOperation.value / cell.statistics.nsPerOperation.value;
  const faster = others.filter((cell) => !isTied(cell) && ratio(cell) > 1);
  return [
    ...(tied.length === 0
      ? []
      : [`; ${tied.map(({ lock }) => lock).join(", ")} cannot be told from it`]),
    ...faster.map((cell) => `; ${cell.lock} is faster by x${digits(ratio(cell))}`),
  ].join("");
}

/** The adapter's locks on the same work, this one among them. */
function locksBeside(focus: ReportCell, cells: readonly ReportCell[]): ReportCell[] {
  return cells.filter(
    (cell) =>
      cell.role === "lock" &&
      cell.twin === 0 &&
      cell.adapter === focus.adapter &&
      cell.runtime === focus.runtime &&
      cell.mode === focus.mode &&
      cell.scenario === focus.scenario &&
      cell.contenders === focus.contenders &&
      cell.section === focus.section &&
      !isWrong(cell),
  );
}

function sectionsOf(gates: readonly ReportCell[]): string {
  const lengths = [...new Set(gates.map(({ section }) => section))];
  return `sections of ${lengths.join(" and ")} us`;
}
