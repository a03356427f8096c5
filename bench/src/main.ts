#!/usr/bin/env node
import process from "node:process";
import { baselineCommand } from "./cli/baseline-command.ts";
import { compareCommand } from "./cli/compare-command.ts";
import { describeError } from "./cli/describe-error.ts";
import { EXIT } from "./cli/exit.ts";
import { explainCommand } from "./cli/explain-command.ts";
import { reportCommand } from "./cli/report-command.ts";
import { runCommand } from "./cli/run-command.ts";

/** Every command but the plain run, by its name. Each takes its arguments and gives its exit code. */
const commands: Readonly<Record<string, (argv: readonly string[]) => number | Promise<number>>> = {
  compare: compareCommand,
  explain: explainCommand,
  report: reportCommand,
  baseline: baselineCommand,
};

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const [name = "", ...rest] = argv;
  try {
    return Object.hasOwn(commands, name)
      ? await commands[name]!(rest)
      : await runCommand(argv, Object.keys(commands));
  } catch (error) {
    const { line, usage } = describeError(error);
    process.stderr.write(`${line}\n`);
    return usage ? EXIT.usage : EXIT.failed;
  }
}
