import process from "node:process";
import { checkHistory } from "../check/check-history.ts";
import { HistoryReader, MAX_FAULTS } from "../format/history-reader.ts";
import type { LineFault } from "../format/history-fault.ts";
import { modelOf } from "../models/models.ts";
import { timelineHtml } from "../timeline/timeline-html.ts";
import { readCheckOptions } from "./check-options.ts";
import { EXIT, exitCodeOf } from "./exit.ts";
import { readLines } from "./read-lines.ts";
import { verdictJson } from "./verdict-json.ts";
import { verdictLines } from "./verdict-lines.ts";
import { writeWhole } from "./write-whole.ts";

/** `pnpm history check`: reads a history and prints whether it is linearizable. Gives the exit code. */
export async function checkCommand(argv: readonly string[]): Promise<number> {
  const request = readCheckOptions(argv);
  if (request === undefined) return EXIT.ok;
  const reader = new HistoryReader(request.given);
  await readLines(request.file, reader);
  const read = reader.finish();
  if ("faults" in read) return printFaults(read.faults);
  const verdict = checkHistory(read.history, { steps: request.steps });
  const wrong = verdict.objects.find((each) => each.violation !== undefined);
  const lines = request.json
    ? [verdictJson(verdict, read)]
    : verdictLines(verdict, modelOf(read.history.settings), read);
  // Told before the page is written: a folder that cannot be written must not swallow the verdict.
  process.stdout.write(`${lines.join("\n")}\n`);
  if (request.html !== undefined) {
    if (wrong === undefined) {
      process.stderr.write(`history: no timeline was written: there is no violation to show.\n`);
    } else {
      writeWhole(request.html, timelineHtml(read.history, wrong));
      if (!request.json) process.stdout.write(`Timeline: ${request.html}\n`);
    }
  }
  return exitCodeOf(verdict.verdict);
}

function printFaults(faults: readonly LineFault[]): number {
  for (const { line, code, message } of faults)
    process.stderr.write(`history: Cannot read line ${line}: ${message} [${code}]\n`);
  if (faults.length >= MAX_FAULTS)
    process.stderr.write(
      `history: No more is read after ${MAX_FAULTS} bad lines. Mend these first.\n`,
    );
  return EXIT.usage;
}
