import { noiseFloor } from "../compare/noise-floor.ts";
import { tieGroups } from "../compare/tie-groups.ts";
import { isCandidate, isWrong } from "./correctness.ts";
import { digits, duration, margin, plural } from "./format.ts";
import type { Report, ReportCell } from "./report.ts";

/**
 * What it costs to add 1 under each adapter's default lock, alone and contended, set between its controls, with
 * the locks that cannot be told from it; and the scope of all that. None where no default lock was measured.
 */
export function costSentences(report: Report): string[] {
  const { band } = noiseFloor(report.cells);
  const gates = report.cells.filter(
    (cell) => cell.gate && cell.twin === 0 && isCandidate(cell) && !isWrong(cell),
  );
  const adapters = Map.groupBy(gates, ({ adapter, runtime }) => `${adapter} on ${runtime}`);
  if (adapters.size === 0) return [];
  return [
    ...[...adapters].map(([name, cells]) => adapterSentence(name, cells, report.cells, band)),
    `That holds for this machine (${plural(report.environment.cores, "core")}), ${sectionsOf(gates)} and contenders that come again at once; a difference within x${(1 / band).toFixed(2)} to x${band.toFixed(2)} is noise.`,
  ];
}

function adapterSentence(
  name: string,
  gates: readonly ReportCell[],
  cells: readonly ReportCell[],
  band: number,
): string {
  const ordered = [...gates].sort((a, b) => a.contenders - b.contenders);
  const focus = ordered.at(-1)!;
  const costs = ordered.map(
    (cell) => `${timeOf(cell)} ${cell.contenders === 1 ? "alone" : `between ${cell.contenders}`}`,
  );
  return `${name}: adding 1 under ${focus.lock} takes ${costs.join(", ")}${besideControls(focus)}${besideLocks(focus, cells, band)}.`;
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
function besideLocks(focus: ReportCell, cells: readonly ReportCell[], band: number): string {
  const same = cells.filter(
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
  const letters = tieGroups(same, band);
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

function sectionsOf(gates: readonly ReportCell[]): string {
  const lengths = [...new Set(gates.map(({ section }) => section))];
  return `sections of ${lengths.join(" and ")} us`;
}
