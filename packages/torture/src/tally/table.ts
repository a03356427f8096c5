import { elsewhere, type PromiseId, promiseIds, promises } from "../plan/promises.ts";
import type { TallyRow } from "./tally.ts";
import { nearestRank, targetOf } from "./targets.ts";

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The one table of a run: every promise, also those that it has not tried. */
export function tableOf(rows: readonly TallyRow[]): Table {
  const tried = Map.groupBy(rows, ({ promise }) => promise);
  return {
    head: [
      "promise",
      "trials",
      "faults injected",
      "violations",
      "rate below",
      "recovery p50 / p99 / max ms",
      "p99 target ms",
    ],
    rows: promiseIds.flatMap(
      (promise) => tried.get(promise)?.map(cellsOf) ?? [[promise, untried(promise), ...EMPTY]],
    ),
  };
}

const EMPTY: readonly string[] = ["-", "-", "-", "-", "-"];

function cellsOf(row: TallyRow): readonly string[] {
  return [
    promiseOf(row),
    thousands(row.trials),
    injectedOf(row),
    String(row.violations),
    boundOf(row),
    recoveryOf(row.recoveriesMs),
    targetCell(row),
  ];
}

function untried(promise: PromiseId): string {
  const where = elsewhere[promise];
  return where === undefined ? "not tried" : "elsewhere, see below";
}

/** Its words, once for each promise; then only its number, the lock and the part. */
function promiseOf({ promise, part, lock }: TallyRow): string {
  const what = lock === null ? promise : `${promise} ${lock}`;
  return part === "" ? what : `${what}, ${part}`;
}

/** The words of all promises, and what else tries them. */
export function legendOf(): string[] {
  return promiseIds.map((promise) => {
    const where = elsewhere[promise];
    return `${promise}: ${promises[promise]}${where === undefined ? "" : `. Not tried here: ${where}`}`;
  });
}

function targetCell(row: TallyRow): string {
  const target = targetOf(row);
  return target === undefined ? "-" : `${target.p99Ms}: ${target.verdict}`;
}

function injectedOf({ injected }: TallyRow): string {
  const parts = Object.entries(injected).map(([name, times]) => `${name} ${thousands(times)}`);
  return parts.join(", ") || "-";
}

/** None seen in n trials: with 95 % confidence the rate is below 3/n (the rule of three). Nothing is bounded by what has failed. */
function boundOf({ trials, violations, isEnumeration }: TallyRow): string {
  if (violations > 0 || trials === 0 || isEnumeration) return "-";
  return Math.min(1, 3 / trials).toPrecision(2);
}

function recoveryOf(values: readonly number[]): string {
  if (values.length === 0) return "-";
  const sorted = values.toSorted((a, b) => a - b);
  const parts = [nearestRank(sorted, 0.5), nearestRank(sorted, 0.99), sorted.at(-1)!];
  return `${parts.map((ms) => ms.toFixed(1)).join(" / ")} (${thousands(values.length)})`;
}

/** With a space between thousands. */
export function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, " ");
}

/** For a terminal: columns side by side. */
export function terminalTable({ head, rows }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_cell, i) => Math.max(...all.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd();
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

export function markdownTable({ head, rows }: Table): string {
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
