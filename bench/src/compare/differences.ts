import { digits } from "../report/format.ts";
import type { Report, ReportCell } from "../report/report.ts";
import { LEAST_BLOCKS } from "./block-means.ts";

/** Why two reports cannot be compared, in plain words. */
export interface Difference {
  /** Only of this kind a reader may say that it does not matter. */
  readonly kind: "machine" | "run";
  readonly text: string;
}

/**
 * What keeps report B from being compared with report A, one sentence each: another machine, the same one set up
 * otherwise, another runtime major, another preset, other gates, or too few blocks to decide by. None where they
 * can be compared: options that leave the gates equal keep nobody from that, and `alsoDifferent` tells them.
 */
export function differencesBetween(a: Report, b: Report): Difference[] {
  return [
    ...[...machines(a, b), ...machineSettings(a, b)].map(
      (text) => ({ kind: "machine", text }) as const,
    ),
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

function machines({ environment: a }: Report, { environment: b }: Report): string[] {
  if (a.machine === b.machine) return [];
  const named = ({ machine, cpuModel, cores }: typeof a): string =>
    `${machine} (${cpuModel}, ${cores} ${cores === 1 ? "core" : "cores"})`;
  return [`The machines differ: A ran on ${named(a)}, B on ${named(b)}.`];
}

/** What changes a machine's speed, or how it tells the time, without making it another machine. */
function machineSettings({ environment: a }: Report, { environment: b }: Report): string[] {
  const known = (value: string | null): string => value ?? "unknown";
  const quota = (cores: number | null): string =>
    cores === null ? "none" : `${digits(cores)} cores`;
  return [
    ...different("The cores that a run may use", a.cores, b.cores),
    ...different("The limits on CPU time", quota(a.cgroupQuotaCores), quota(b.cgroupQuotaCores)),
    ...different("The CPU governors", known(a.governor), known(b.governor)),
    ...different("The clock sources", known(a.clockSource), known(b.clockSource)),
    ...different("The kernel's architectures", architectureOf(a.kernel), architectureOf(b.kernel)),
  ];
}

/** Of `Linux 6.18.5 x64`. */
function architectureOf(kernel: string): string {
  return kernel.split(" ")[2] ?? "unknown";
}

function different(what: string, first: string | number, second: string | number): string[] {
  return first === second ? [] : [`${what} differ: ${first} in A, ${second} in B.`];
}

/** Of the runtimes that gates ran in; contenders of a mixed session may be of any. */
function runtimeMajors(a: Report, b: Report): string[] {
  const used = new Set([...gatesOf(a), ...gatesOf(b)].map(({ runtime }) => runtime));
  const names = used.has("mixed") ? ["node", "deno", "bun"] : [...used];
  return names.flatMap((name) => {
    const [first, second] = [a, b].map(({ environment: { runtimes } }) =>
      Object.hasOwn(runtimes, name) ? runtimes[name] : undefined,
    );
    if (first === undefined || second === undefined || majorOf(first) === majorOf(second))
      return [];
    return [`The runtimes differ: A ran on ${name} ${first}, B on ${name} ${second}.`];
  });
}

function majorOf(version: string): string {
  return version.split(".")[0]!;
}

function settings(a: Report, b: Report): string[] {
  return [
    ...[a, b].flatMap((report, i) =>
      report.conclusions
        ? []
        : [`Nothing can be concluded from ${"AB"[i]!}: it is a ${report.preset} run.`],
    ),
    ...different("The presets", a.preset, b.preset),
    ...different("The lengths of windows", `${a.windowMs} ms`, `${b.windowMs} ms`),
    ...different("The windows per block", windowsOf(a), windowsOf(b)),
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
