#!/usr/bin/env node
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runBench } from "./cli/bench.ts";
import { type BenchOptions, describeError, parseBenchOptions } from "./cli/options.ts";
import { EXIT } from "./cli/usage-error.ts";
import { prepareFolder, resultsFolder, writeReport } from "./cli/write-report.ts";
import { requestsOf } from "./plan/check-plan.ts";
import type { Report } from "./report/report.ts";
import { renderTerminal, wrap } from "./report/terminal.ts";
import { faults } from "./report/verdict.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseBenchOptions(argv);
    return options === undefined ? EXIT.ok : await bench(options, argv);
  } catch (error) {
    const { line, usage } = describeError(error);
    process.stderr.write(`${line}\n`);
    return usage ? EXIT.usage : EXIT.failed;
  }
}

/** For a terminal only: what CI keeps, or a pipe gets, stays plain. */
function colours(out: { readonly isTTY: boolean }): boolean {
  return out.isTTY === true && (process.env["NO_COLOR"] ?? "") === "";
}

async function bench(options: BenchOptions, argv: readonly string[]): Promise<number> {
  const folder = options.out ?? resultsFolder(ROOT);
  const out = options.json ? process.stderr : process.stdout;
  const stop = new AbortController();
  const interrupted = (): void => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted); // asked twice: at once
    out.write("Stopping; what was measured will be written.\n");
    stop.abort(new Error("Stopped by Ctrl-C before anything was measured."));
  };
  process.on("SIGINT", interrupted);
  process.on("SIGTERM", interrupted);
  try {
    const report = await runBench(options, {
      root: ROOT,
      argv,
      signal: stop.signal,
      say: (line) => void out.write(`${wrap(line).join("\n")}\n`),
      onReady: () => prepareFolder(folder),
    });
    writeReport(folder, report, options.out === undefined);
    out.write(
      `\n${renderTerminal(report, colours(out))}\nReport: ${folder}/report.html, report.md and report.json\n`,
    );
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    if (stop.signal.aborted) return EXIT.interrupted;
    return exitCodeOf(report, options);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write(`${describeError(error).line}\n`);
    return EXIT.interrupted;
  } finally {
    process.off("SIGINT", interrupted);
    process.off("SIGTERM", interrupted);
  }
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
