import process from "node:process";
import { Command } from "commander";
import { explainCell, findCell } from "../report/explain.ts";
import { readReport } from "../report/read-report.ts";
import { EXIT } from "./exit.ts";
import { parse } from "./parse.ts";

/** `pnpm bench explain`: everything that stands behind one cell's numbers. */
export function explainCommand(argv: readonly string[]): number {
  const command = new Command("bench explain")
    .description("Says how the numbers of one cell come about, and what they cannot tell.")
    .argument("<report.json>", "a report, or its folder")
    .argument("<cell>", "the cell's key, or a part of it that only this cell has");
  const words = parse(command, argv, () => command.args);
  if (words === undefined) return EXIT.ok;
  const [path, text] = words as [string, string];
  const report = readReport(path);
  const lines = explainCell(report, findCell(report, text));
  process.stdout.write(`${lines.join("\n").trimEnd()}\n`);
  return EXIT.ok;
}
