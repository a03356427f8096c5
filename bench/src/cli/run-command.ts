import process from "node:process";
import { isReaderGone } from "@ticketlock/harness";
import { requestsOf } from "../plan/check-plan.ts";
import type { Report } from "../report/report.ts";
import { renderTerminal, wrap } from "../report/terminal.ts";
import { faults } from "../report/verdict.ts";
import { runBench } from "./bench.ts";
import { BlockJournal } from "./block-journal.ts";
import { EXIT } from "./exit.ts";
import { interruptible } from "./interruptible.ts";
import { type BenchOptions, parseBenchOptions } from "./options.ts";
import { publishData, publishReadable } from "./publish-report.ts";
import { ReportFolder } from "./report-folder.ts";
import { ROOT } from "./root.ts";
import { pointLatest, resultsFolder } from "./write-report.ts";

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
    // There is nobody to be told what is wrong with it, and more was to be measured.
    return isReaderGone(signal.reason) ? EXIT.readerGone : exitCodeOf(report, options);
  });
}

/** What a measurement needs besides its options. */
export interface MeasureContext {
  readonly argv: readonly string[];
  readonly signal: AbortSignal;
  /** Gets the plan, the progress and the tables. */
  readonly out: NodeJS.WriteStream;
}

/**
 * Measures, writes and prints one report: its data first, then all that is made of them, each for itself.
 * @throws {Error} in the end also where anything of that could not be done
 */
export async function measureReport(
  options: BenchOptions,
  { argv, signal, out }: MeasureContext,
): Promise<Report> {
  const path = options.out ?? resultsFolder(ROOT);
  const say = (line: string): void => void out.write(`${wrap(line).join("\n")}\n`);
  let folder: ReportFolder | undefined;
  let journal: BlockJournal | undefined;
  try {
    const report = await runBench(options, {
      root: ROOT,
      argv,
      signal,
      say,
      onReady: () => (folder = new ReportFolder(path)),
      openJournal: (header, startedMs) =>
        (journal = new BlockJournal(folder!.journalPath(), header, startedMs, say)),
    });
    const { isWritten, failures } = publishData(folder!, report);
    if (isWritten) journal?.remove();
    const complaints = [
      ...failures,
      ...attempt(() => out.write(`\n${renderTerminal(report, colours(out))}\n`)),
    ];
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    if (isWritten) complaints.push(...publishReadable(path, report));
    if (isWritten && options.out === undefined)
      complaints.push(...attempt(() => pointLatest(path)));
    if (complaints.length > 0) throw new Error(complaints.join(" "));
    out.write(`Report: ${path}/report.html, report.md and report.json\n`);
    return report;
  } finally {
    folder?.close();
    if (journal?.close() === true)
      process.stderr.write(
        `${wrap(`What was measured is in ${journal.path}: pnpm bench report makes a partial report of it.`).join("\n")}\n`,
      );
  }
}

/** Does a step; gives why it could not be done, if so. */
function attempt(step: () => unknown): readonly string[] {
  try {
    step();
    return [];
  } catch (error) {
    return [(error as Error).message];
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
