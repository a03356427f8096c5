import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { Command } from "commander";
import { plural } from "../report/format.ts";
import { readJournal } from "../report/journal.ts";
import { locateReport, readReport } from "../report/read-report.ts";
import { renderJson, renderReadable } from "../report/render-files.ts";
import type { Report } from "../report/report.ts";
import { wrap } from "../report/terminal.ts";
import { earlierReportFiles } from "./earlier-report.ts";
import { EXIT } from "./exit.ts";
import { folderOfJournal, JOURNAL_ENDING } from "./journal-path.ts";
import { parse } from "./parse.ts";
import { ReportFolder } from "./report-folder.ts";

/**
 * `pnpm bench report`: computes a report again from the blocks in its JSON and renders its files; that JSON stays as it
 * is. Of the journal that a killed run has left it makes a partial report.
 */
export function reportCommand(argv: readonly string[]): number {
  const command = new Command("bench report")
    .description(
      "Computes a report again from the raw blocks in its JSON, or in the journal that a killed run has left, and renders its files.",
    )
    .argument("<report.json>", "a report, its folder, or a journal")
    .option("--out <dir>", "folder for the files (default: the report's own)");
  const options = parse(command, argv, () => ({
    path: command.args[0]!,
    out: command.opts<{ out?: string }>().out,
  }));
  if (options === undefined) return EXIT.ok;
  const { report, source, home } = options.path.endsWith(JOURNAL_ENDING)
    ? ofJournal(options.path)
    : ofReport(options.path);
  const out = options.out ?? home;
  const data = renderJson(report);
  const readable = renderReadable(report);
  const files = [...data.files, ...readable.files].filter(
    ({ name }) => join(resolve(out), name) !== resolve(source),
  );
  new ReportFolder(out).publish(files, earlierReportFiles(out));
  const failures = [...data.failures, ...readable.failures];
  if (failures.length > 0) throw new Error(failures.join(" "));
  const read = files.filter(({ name }) => !name.endsWith(".svg"));
  const written = `Written to ${out}: ${read.map(({ name }) => name).join(", ")}, and ${plural(files.length - read.length, "picture")} beside them.`;
  process.stdout.write(`${wrap(written).join("\n")}\n`);
  return EXIT.ok;
}

/** A report, where it was read, and the folder in which its files stand. */
interface Source {
  readonly report: Report;
  readonly source: string;
  readonly home: string;
}

function ofReport(path: string): Source {
  const report = readReport(path);
  const source = locateReport(path);
  return { report, source, home: dirname(source) };
}

function ofJournal(path: string): Source {
  return { report: readJournal(path), source: path, home: folderOfJournal(path) };
}
