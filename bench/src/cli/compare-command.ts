import process from "node:process";
import { Baselines } from "../baseline/baselines.ts";
import { compareReports } from "../compare/compare-reports.ts";
import { comparisonLines } from "../compare/comparison-lines.ts";
import { refuseSameRun } from "../compare/refuse-same-run.ts";
import { machineId } from "../environment/environment.ts";
import { readReport } from "../report/read-report.ts";
import type { Report } from "../report/report.ts";
import { parseCompareOptions } from "./compare-options.ts";
import { EXIT, exitCodeOf } from "./exit.ts";
import { worktreeCommand } from "./worktree-command.ts";

/** `pnpm bench compare`: says whether B is slower than A, and exits by that. */
export async function compareCommand(argv: readonly string[]): Promise<number> {
  const options = parseCompareOptions(argv);
  if (options === undefined) return EXIT.ok;
  switch (options.kind) {
    case "reports":
      return compareStored(readReport(options.a), readReport(options.b), options);
    case "baseline": {
      const baseline = new Baselines(options.folder).read(machineId());
      return compareStored(baseline, readReport(options.b), { allowDifferentMachine: false });
    }
    case "worktree":
      return worktreeCommand(options.ref, options.run, ["compare", ...argv]);
  }
}

function compareStored(
  a: Report,
  b: Report,
  { allowDifferentMachine }: { readonly allowDifferentMachine: boolean },
): number {
  refuseSameRun("compare", a, b);
  const comparison = compareReports(a, b, { allowDifferentMachine });
  process.stdout.write(`${comparisonLines(a, b, comparison).join("\n")}\n`);
  return exitCodeOf(comparison);
}
