import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { Command } from "commander";
import { plural } from "../report/format.ts";
import { locateReport, readReport } from "../report/read-report.ts";
import { renderFiles } from "../report/render-files.ts";
import { wrap } from "../report/terminal.ts";
import { EXIT } from "./exit.ts";
import { parse } from "./parse.ts";
import { ReportFolder } from "./report-folder.ts";

/** `pnpm bench report`: computes a report again from the blocks in its JSON and renders its files; that JSON stays as it is. */
export function reportCommand(argv: readonly string[]): number {
  const command = new Command("bench report")
    .description("Computes a report again from the raw blocks in its JSON, and renders its files.")
    .argument("<report.json>", "a report, or its folder")
    .option("--out <dir>", "folder for the files (default: the report's own)");
  const options = parse(command, argv, () => ({
    path: command.args[0]!,
    out: command.opts<{ out?: string }>().out,
  }));
  if (options === undefined) return EXIT.ok;
  const report = readReport(options.path);
  const source = locateReport(options.path);
  const out = options.out ?? dirname(source);
  const files = renderFiles(report).filter(
    ({ name }) => join(resolve(out), name) !== resolve(source),
  );
  new ReportFolder(out).publish(files);
  const read = files.filter(({ name }) => !name.endsWith(".svg"));
  const written = `Written to ${out}: ${read.map(({ name }) => name).join(", ")}, and ${plural(files.length - read.length, "picture")} beside them.`;
  process.stdout.write(`${wrap(written).join("\n")}\n`);
  return EXIT.ok;
}
