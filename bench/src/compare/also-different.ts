import type { Report } from "../report/report.ts";

/** Options that say where a report goes and in which order blocks came: what was measured does not hang on them. */
const IMMATERIAL = ["--out", "--seed", "--baselines"];
/** Nor on which command measured it. */
const IMMATERIAL_WORDS = ["--json", "baseline", "save"];

/**
 * What else is not the same in two reports that can be compared, so that a change need not be the doing of the
 * commit: kernel, versions of runtimes, dependencies, options, cells that only one measured. Empty where all is.
 */
export function alsoDifferent(a: Report, b: Report): string[] {
  const [before, after] = [a.environment, b.environment];
  return [
    ...changed("the kernel", before.kernel, after.kernel),
    ...versions(before.runtimes, after.runtimes),
    ...(before.lockfileHash === after.lockfileHash ? [] : ["the dependencies (pnpm-lock.yaml)"]),
    ...changed("the options", optionsOf(before.argv), optionsOf(after.argv)),
    ...cells(a, b),
  ];
}

function changed(what: string, first: string, second: string): string[] {
  return first === second ? [] : [`${what} (${first} -> ${second})`];
}

/** Of what both used. What one of them used alone shows in its cells. */
function versions(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(before).flatMap(([name, version]) =>
    Object.hasOwn(after, name) ? changed(name, version, after[name]!) : [],
  );
}

function optionsOf(argv: readonly string[]): string {
  const kept = argv.filter((argument, i) => {
    const name = argument.split("=")[0]!;
    return !(
      IMMATERIAL_WORDS.includes(argument) ||
      IMMATERIAL.includes(name) ||
      IMMATERIAL.includes(argv[i - 1] ?? "")
    );
  });
  return kept.length === 0 ? "none" : kept.join(" ");
}

/** Cells beside the gates, which may have warmed the machine, or taken its time, in one of the runs only. */
function cells(a: Report, b: Report): string[] {
  const [first, second] = [a, b].map((report) => new Set(report.cells.map(({ key }) => key))) as [
    Set<string>,
    Set<string>,
  ];
  const [onlyA, onlyB] = [first.difference(second), second.difference(first)];
  if (onlyA.size + onlyB.size === 0) return [];
  const told = [
    ...(onlyA.size > 0 ? [`${onlyA.size} in A only, as ${[...onlyA][0]!}`] : []),
    ...(onlyB.size > 0 ? [`${onlyB.size} in B only, as ${[...onlyB][0]!}`] : []),
  ];
  return [`the cells (${told.join("; ")})`];
}
