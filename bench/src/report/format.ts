import type { Estimate } from "../statistics/interval.ts";
import type { Violation } from "./report.ts";

/** Three significant digits. */
export function digits(value: number): string {
  if (value === 0) return "0";
  // Of what it is rounded to: 9.999 has the digits of 10.
  const magnitude = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(3)))));
  return value.toFixed(Math.max(0, Math.min(6, 2 - magnitude)));
}

/** A count or rate with its thousand, million, billion: `12.3 M`. */
export function rate(value: number): string {
  for (const [unit, size] of [
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ] as const) {
    if (value >= size) return `${digits(value / size)} ${unit}`;
  }
  return digits(value);
}

/** Of things that are counted one by one: whole as long as it is short, then as a rate. @param value - whole */
export function count(value: number): string {
  return value < 1e3 ? String(value) : rate(value);
}

/** Nanoseconds in the unit that keeps them short. */
export function duration(ns: number | null): string {
  if (ns === null) return "-";
  const sign = ns < 0 ? "-" : "";
  const size = Math.abs(ns);
  if (size < 1_000) return `${sign}${digits(size)} ns`;
  if (size < 1e6) return `${sign}${digits(size / 1e3)} us`;
  return size < 1e9 ? `${sign}${digits(size / 1e6)} ms` : `${sign}${digits(size / 1e9)} s`;
}

/** Half the 95 % interval in percent of the value; `-` where one block gives none. */
export function margin({ value, low, high }: Estimate): string {
  if (low === null || high === null) return "-";
  const percent = (Math.max(high - value, value - low) / value) * 100;
  return `${percent < 10 ? percent.toFixed(1) : percent.toFixed(0)}%`;
}

/** What was seen; beside a zero the rate that it still allows; `n/a` where nothing can be seen. */
export function violationText({ seen, trials, bound }: Violation): string {
  if (seen === null) return "n/a";
  if (seen !== 0) return count(seen);
  return bound === null || trials === 0 ? "0" : `0 <${bound.toExponential(0)}`;
}

/** `1 cell`, `2 cells`; the second word where it is no plain plural. */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
