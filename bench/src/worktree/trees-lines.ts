import { comparisonLines } from "../compare/comparison-lines.ts";
import { wrap } from "../report/terminal.ts";
import type { Pass, TreesComparison } from "./compare-trees.ts";

/** What became of the gates, in lines of at most 100 columns: the verdict of both passes first. */
export function treesLines({ first, again, slower, verdict }: TreesComparison): string[] {
  if (again === undefined) return passLines(first);
  const suspects = again.comparison.gates.map(({ key }) => key);
  return [
    ...wrap(verdictSentence(verdict, slower, suspects)),
    "",
    "The first measurement",
    "",
    ...passLines(first),
    "",
    "What was slower, measured again in fresh processes",
    "",
    ...passLines(again),
  ];
}

function passLines({ a, b, comparison }: Pass): string[] {
  return comparisonLines(a, b, comparison, { stored: false });
}

function verdictSentence(
  verdict: TreesComparison["verdict"],
  slower: readonly string[],
  suspects: readonly string[],
): string {
  switch (verdict) {
    case "slower":
      return `Slower in both of two measurements: ${slower.join(", ")}.`;
    case "passed":
      return `Passed. Slower in the first of two measurements, but not in the second, so inconclusive: ${suspects.join(", ")}.`;
    case "wrong":
      return "WRONG: in the second of two measurements the new tree did what no lock may do.";
    case "unproven":
      return "Not passed: in the second of two measurements nothing shows that the new tree is right.";
    case "incomparable":
      return "Cannot tell: what was slower could not be measured again.";
  }
}

/** The same for a code host. @param ref - the old commit, as it was named */
export function treesMarkdown(ref: string, result: TreesComparison): string {
  const { commit, dirty, argv } = result.first.b.environment;
  const fresh = `${commit?.slice(0, 12) ?? "this tree"}${dirty === true ? " with changes" : ""}`;
  return [
    `# ${fresh} compared with ${ref}`,
    "",
    "```text",
    ...treesLines(result),
    "```",
    "",
    `A is ${ref}, B is ${fresh}. Both were measured in one run, by turns: \`pnpm bench ${argv.join(" ")}\`.`,
    "",
  ].join("\n");
}
