import process from "node:process";
import type { RenderedFile } from "../report/render-files.ts";
import type { Report } from "../report/report.ts";
import { reportSchema } from "../report/schema.ts";
import { wrap } from "../report/terminal.ts";
import type { TreesComparison } from "../worktree/compare-trees.ts";
import { compareWithCommit } from "../worktree/compare-with-commit.ts";
import { treesLines, treesMarkdown } from "../worktree/trees-lines.ts";
import { exitCodeOf } from "./exit.ts";
import { interruptible } from "./interruptible.ts";
import type { BenchOptions } from "./options.ts";
import { ReportFolder } from "./report-folder.ts";
import { ROOT } from "./root.ts";
import { resultsFolder, writeMeasured } from "./write-report.ts";

/**
 * `pnpm bench compare --worktree`: measures a commit and this tree, prints what became of the gates, and writes
 * it with the reports of both.
 */
export function worktreeCommand(
  ref: string,
  options: BenchOptions,
  argv: readonly string[],
): Promise<number> {
  const out = process.stdout;
  const onStop = (): void => void out.write("Stopping; what was measured will be written.\n");
  return interruptible(onStop, async (signal) => {
    const path = options.out ?? `${resultsFolder(ROOT)}-compare`;
    let folder: ReportFolder | undefined;
    try {
      const result = await compareWithCommit(ref, options, {
        root: ROOT,
        argv,
        signal,
        say: (line) => void out.write(`${wrap(line).join("\n")}\n`),
        onReady: () => (folder = new ReportFolder(path)),
      });
      out.write(`\n${treesLines(result).join("\n")}\n`);
      writeMeasured(folder!, filesOf(ref, result), ["again-a.json", "again-b.json"]);
      out.write(`Comparison: ${path}/compare.md, with the reports a.json and b.json\n`);
      return exitCodeOf(result);
    } finally {
      folder?.close();
    }
  });
}

function filesOf(ref: string, result: TreesComparison): RenderedFile[] {
  const { first, again } = result;
  return [
    jsonFile("a.json", first.a),
    jsonFile("b.json", first.b),
    ...(again === undefined
      ? []
      : [jsonFile("again-a.json", again.a), jsonFile("again-b.json", again.b)]),
    { name: "compare.md", content: treesMarkdown(ref, result) },
  ];
}

function jsonFile(name: string, report: Report): RenderedFile {
  return { name, content: `${JSON.stringify(reportSchema.parse(report), null, 1)}\n` };
}
