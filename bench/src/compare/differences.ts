import type { Report, ReportCell } from "../report/report.ts";
import { LEAST_BLOCKS } from "./block-means.ts";

/** Why two reports cannot be compared, in plain words. */
export interface Difference {
  /** Only of this kind a reader may say that it does not matter. */
  readonly kind: "machine" | "run";
  readonly text: string;
}

/**
 * What keeps report B from being compared with report A, one sentence each: another machine, another runtime
 * major, another preset, other gates, or too few blocks to decide by. None where they can be compared.
 */
export function differencesBetween(a: Report, b: Report): Difference[] {
  return [
    ...machines(a, b),
    ...[
      ...runtimeMajors(a, b),
      ...settings(a, b),
      ...gateSets(a, b),
      ...tooFewBlocks("A", a),
      ...tooFewBlocks("B", b),
    ].map((text) => ({ kind: "run", text }) as const),
  ];
}

/** The cells that a comparison decides by. */
export function gatesOf({ cells }: Report): ReportCell[] {
  return cells.filter((cell) => cell.gate && cell.twin === 0);
}

function machines({ environment: a }: Report, { environment: b }: Report): Difference[] {
  if (a.machine === b.machine) return [];
  const named = ({ machine, cpuModel, cores }: typeof a): string =>
    `${machine} (${cpuModel}, ${cores} ${cores === 1 ? "core" : "cores"})`;
  return [
    { kind: "machine", text: `The machines differ: A ran on ${named(a)}, B on ${named(b)}.` },
  ];
}

/** Of the runtimes that gates ran in; contenders of a mixed session may be of any. */
function runtimeMajors(a: Report, b: Report): string[] {
  const used = new Set([...gatesOf(a), ...gatesOf(b)].map(({ runtime }) => runtime));
  const names = used.has("mixed") ? ["node", "deno", "bun"] : [...used];
  return names.flatMap((name) => {
    const [first, second] = [a, b].map(({ environment }) => environment.runtimes[name]);
    if (first === undefined || second === undefined || majorOf(first) === majorOf(second))
      return [];
    return [`The runtimes differ: A ran on ${name} ${first}, B on ${name} ${second}.`];
  });
}

function majorOf(version: string): string {
  return version.split(".")[0]!;
}

function settings(a: Report, b: Report): string[] {
  const pair = (what: string, first: string | number, second: string | number): string[] =>
    first === second ? [] : [`${what} differ: ${first} in A, ${second} in B.`];
  return [
    ...[a, b].flatMap((report, i) =>
      report.conclusions
        ? []
        : [`Nothing can be concluded from ${"AB"[i]!}: it is a ${report.preset} run.`],
    ),
    ...pair("The presets", a.preset, b.preset),
    ...pair("The lengths of windows", `${a.windowMs} ms`, `${b.windowMs} ms`),
    ...pair("The windows per block", windowsOf(a), windowsOf(b)),
    ...plannedBlocks(a, b),
  ];
}

/** A block has so many windows in every report; a report without gates has other reasons not to be compared. */
function windowsOf(report: Report): number {
  return gatesOf(report)[0]?.blocks[0]?.windows.length ?? 0;
}

/** A partial run has no more blocks than were planned, so what can be seen of it is a lower bound. */
function plannedBlocks(a: Report, b: Report): string[] {
  const [first, second] = [a, b].map((report) =>
    Math.max(0, ...gatesOf(report).map(({ blocks, failures }) => blocks.length + failures.length)),
  ) as [number, number];
  const agree = first === second || (first < second && a.partial) || (second < first && b.partial);
  return agree ? [] : [`The blocks per cell differ: ${first} in A, ${second} in B.`];
}

function gateSets(a: Report, b: Report): string[] {
  const [first, second] = [a, b].map((report) => gatesOf(report).map(({ key }) => key)) as [
    string[],
    string[],
  ];
  if (first.length === 0 && second.length === 0)
    return ["Neither report has a gate, so there is nothing to decide by."];
  const onlyIn = (name: string, keys: string[], other: Report, others: string[]): string[] =>
    keys
      .filter((key) => !others.includes(key))
      .map((key) => `The gates differ: ${key} was measured in ${name} only${whyNot(other, key)}.`);
  return [...onlyIn("A", first, b, second), ...onlyIn("B", second, a, first)];
}

function whyNot({ notMeasured }: Report, key: string): string {
  const why = notMeasured.find((row) => row.key === key)?.why.split("\n")[0];
  return why === undefined ? "" : ` (${why.replace(/\.$/, "")})`;
}

function tooFewBlocks(name: string, report: Report): string[] {
  return gatesOf(report)
    .filter(({ blocks }) => blocks.length < LEAST_BLOCKS)
    .map(
      ({ key, blocks }) =>
        `Too few blocks of ${key} in ${name}: ${blocks.length}, and it takes ${LEAST_BLOCKS}${report.partial ? "; the run ended early" : ""}.`,
    );
}
