import process from "node:process";
import { EXIT } from "../cli/exit.ts";
import { type Comparison, compareReports } from "../compare/compare-reports.ts";
import { comparisonLines } from "../compare/comparison-lines.ts";
import { differencesBetween } from "../compare/differences.ts";
import { refuseSameRun } from "../compare/refuse-same-run.ts";
import type { Report } from "../report/report.ts";
import { wrap } from "../report/terminal.ts";
import { faults } from "../report/verdict.ts";
import type { Baselines } from "./baselines.ts";

/**
 * A baseline is there to show a slow-down, so each of its gates must be able to show one of this size: what two runs
 * that scatter more agree on is nothing. With blocks that scatter by 5 % `quick` shows it, with 10 % `standard` does.
 */
const MUST_FIND = 1.3;

/** The preset that measures more blocks than this one. */
const LARGER: Readonly<Record<string, string>> = { quick: "standard", standard: "full" };

/**
 * Keeps the second of two reports as its machine's baseline, and gives the command's exit code: 0 if it did, 2 if
 * they are not comparable, 1 if they disagree at any gate, or are too noisy to agree, or either is partial, wrong or
 * has failed blocks. What was compared goes to stdout, why nothing was saved to stderr.
 *
 * @throws {TicketlockError} `USAGE` if both are the same run
 */
export function saveIfAgreed(baselines: Baselines, a: Report, b: Report): number {
  const path = baselines.pathOf(b.environment.machine);
  refuseSameRun("save a baseline", a, b);
  const comparison = compareReports(a, b, { allowDifferentMachine: false });
  const { stdout, stderr } = process;
  stdout.write(`${comparisonLines(a, b, comparison).join("\n")}\n\n`);
  const why = [
    ...new Set([a, b].flatMap(faults)),
    ...incompleteness(a, b),
    ...disagreement(comparison),
    ...tooNoisy(comparison, b),
  ];
  if (comparison.verdict === "incomparable" || why.length > 0) {
    for (const line of [...why, "No baseline was saved."])
      stderr.write(`${wrap(line).join("\n")}\n`);
    return comparison.verdict === "incomparable" ? EXIT.incomparable : EXIT.failed;
  }
  const replaced = replacement(baselines, b);
  const megabytes = (baselines.save(b) / 1e6).toFixed(1);
  for (const line of [...replaced, `Saved: ${path} (${megabytes} MB).`])
    stdout.write(`${wrap(line).join("\n")}\n`);
  return EXIT.ok;
}

function incompleteness(a: Report, b: Report): string[] {
  return [a, b].flatMap(({ partial }, i) =>
    partial
      ? [`${"AB"[i]!} is partial: its run ended early. Measure again with a larger --budget.`]
      : [],
  );
}

function disagreement({ gates }: Comparison): string[] {
  const different = gates.filter(({ decision }) => decision === "faster" || decision === "slower");
  if (different.length === 0) return [];
  const each = different.map(({ key, ratio }) => `${key} (x${ratio.value.toFixed(3)})`);
  return [
    `The two runs disagree on ${each.join(", ")}: something else changed between them. Leave the machine alone, and try again.`,
  ];
}

/** Gates at which the two runs are neither known to be equal, nor could have shown that they are not. */
function tooNoisy({ gates }: Comparison, { preset }: Report): string[] {
  const wide = gates.filter(
    ({ decision, finds }) => decision !== "equivalent" && (finds === null || finds > MUST_FIND),
  );
  if (wide.length === 0) return [];
  const each = wide.map(
    ({ key, finds }) => `${key} (${finds === null ? "none" : `x${finds.toFixed(2)}`})`,
  );
  const more = LARGER[preset];
  return [
    `Too noisy to be a baseline: at each gate two runs must be able to find a slow-down of x${MUST_FIND}, and these find only larger ones at ${each.join(", ")}. Leave the machine alone${more === undefined ? "" : `, or measure more: --preset ${more}`}.`,
  ];
}

/** What the new baseline takes the place of, and whether that was one of the same kind. */
function replacement(baselines: Baselines, fresh: Report): string[] {
  const { machine } = fresh.environment;
  if (!baselines.has(machine)) return [];
  let old: Report;
  try {
    old = baselines.read(machine);
  } catch (error) {
    return [`It replaces one that cannot be read any more: ${(error as Error).message}`];
  }
  const { commit, startedAt } = old.environment;
  const differences = differencesBetween(old, fresh).map(({ text }) => text);
  return [
    `It replaces the baseline of ${startedAt.slice(0, 10)}, commit ${commit?.slice(0, 12) ?? "unknown"}, preset ${old.preset}.`,
    ...(differences.length === 0
      ? []
      : [`They are not of the same configuration (A is the old one): ${differences.join(" ")}`]),
  ];
}
