import { promises } from "../plan/promises.ts";
import type { TallyRow } from "./tally.ts";

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The one table of a run. */
export function tableOf(rows: readonly TallyRow[]): Table {
  return {
    head: [
      "promise",
      "trials",
      "faults injected",
      "violations",
      "rate below",
      "recovery p50 / p99 / max ms",
    ],
    rows: rows.map((row) => [
      promiseOf(row),
      thousands(row.trials),
      injectedOf(row),
      String(row.violations),
      boundOf(row),
      recoveryOf(row.recoveriesMs),
    ]),
  };
}

/** Its words, once for each promise; then only its number and the lock. */
function promiseOf({ promise, lock }: TallyRow): string {
  return lock === null ? promise : `${promise} ${lock}`;
}

/** The words of the promises that a table has rows of. */
export function legendOf(rows: readonly TallyRow[]): string[] {
  const tried = new Set(rows.map(({ promise }) => promise));
  return [...tried].map((promise) => `${promise}: ${promises[promise]}`);
}

function injectedOf({ injected }: TallyRow): string {
  const parts = Object.entries(injected).map(([name, times]) => `${name} ${thousands(times)}`);
  return parts.join(", ") || "-";
}

/** None seen in n trials: with 95 % confidence the rate is below 3/n (the rule of three). Nothing is bounded by what has failed. */
function boundOf({ trials, violations }: TallyRow): string {
  if (violations > 0 || trials === 0) return "-";
  return Math.min(1, 3 / trials).toPrecision(2);
}

function recoveryOf(values: readonly number[]): string {
  if (values.length === 0) return "-";
  const sorted = values.toSorted((a, b) => a - b);
  const parts = [nearestRank(sorted, 0.5), nearestRank(sorted, 0.99), sorted.at(-1)!];
  return `${parts.map((ms) => ms.toFixed(1)).join(" / ")} (${thousands(values.length)})`;
}

/**
 * The smallest of `sorted` that at least a share `p` of them does not exceed (nearest rank: Hyndman and Fan,
 * "Sample Quantiles in Statistical Packages", type 1).
 */
function nearestRank(sorted: readonly number[], p: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)]!;
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
