import process from "node:process";
import { requestsOf } from "../plan/check-plan.ts";
import { renderFiles } from "../report/render-files.ts";
import type { Report } from "../report/report.ts";
import { renderTerminal, wrap } from "../report/terminal.ts";
import { faults } from "../report/verdict.ts";
import { runBench } from "./bench.ts";
import { EXIT } from "./exit.ts";
import { interruptible } from "./interruptible.ts";
import { type BenchOptions, parseBenchOptions } from "./options.ts";
import { ReportFolder } from "./report-folder.ts";
import { ROOT } from "./root.ts";
import { pointLatest, resultsFolder, writeMeasured } from "./write-report.ts";

/**
 * `pnpm bench`: measures, prints the tables and writes the report.
 * @param commands - the other commands, for messages
 */
export async function runCommand(
  argv: readonly string[],
  commands: readonly string[],
): Promise<number> {
  const options = parseBenchOptions(argv, commands);
  if (options === undefined) return EXIT.ok;
  const out = options.json ? process.stderr : process.stdout;
  const onStop = (): void => void out.write("Stopping; what was measured will be written.\n");
  return interruptible(onStop, async (signal) => {
    const report = await measureReport(options, { argv, signal, out });
    return exitCodeOf(report, options);
  });
}

/** What a measurement needs besides its options. */
export interface MeasureContext {
  readonly argv: readonly string[];
  readonly signal: AbortSignal;
  /** Gets the plan, the progress and the tables. */
  readonly out: NodeJS.WriteStream;
}

/** Measures, prints and writes one report. @throws {Error} also where the report, though printed, cannot be written */
export async function measureReport(
  options: BenchOptions,
  { argv, signal, out }: MeasureContext,
): Promise<Report> {
  const path = options.out ?? resultsFolder(ROOT);
  let folder: ReportFolder | undefined;
  try {
    const report = await runBench(options, {
      root: ROOT,
      argv,
      signal,
      say: (line) => void out.write(`${wrap(line).join("\n")}\n`),
      onReady: () => (folder = new ReportFolder(path)),
    });
    out.write(`\n${renderTerminal(report, colours(out))}\n`);
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    writeMeasured(folder!, renderFiles(report));
    if (options.out === undefined) pointLatest(path);
    out.write(`Report: ${path}/report.html, report.md and report.json\n`);
    return report;
  } finally {
    folder?.close();
  }
}

/** For a terminal only: what CI keeps, or a pipe gets, stays plain. */
function colours(out: { readonly isTTY: boolean }): boolean {
  return out.isTTY === true && (process.env["NO_COLOR"] ?? "") === "";
}

/** Tells on stderr, a line each, what makes a finished run fail. */
function exitCodeOf(report: Report, { selection, peersOnly }: BenchOptions): number {
  const lines = [
    ...faults(report),
    ...requestsOf(selection, peersOnly)
      .filter(({ isMet }) => !report.cells.some(isMet))
      .map(({ what }) => `Not measured: ${what}.`),
  ];
  for (const line of lines) process.stderr.write(`${wrap(line).join("\n")}\n`);
  return lines.length > 0 ? EXIT.failed : EXIT.ok;
}
