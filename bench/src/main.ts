#!/usr/bin/env node
import process from "node:process";
import { describeError } from "./cli/describe-error.ts";
import { EXIT } from "./cli/exit.ts";
import { exitOnCrash } from "./cli/exit-on-crash.ts";

/**
 * Every command but the plain run, by its name. Each takes its arguments and gives its exit code. One is loaded when
 * it is called for: what a run needs takes as long to load as a report takes to be read.
 */
const commands: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = {
  compare: async (argv) => (await import("./cli/compare-command.ts")).compareCommand(argv),
  explain: async (argv) => (await import("./cli/explain-command.ts")).explainCommand(argv),
  report: async (argv) => (await import("./cli/report-command.ts")).reportCommand(argv),
  baseline: async (argv) => (await import("./cli/baseline-command.ts")).baselineCommand(argv),
};

exitOnCrash();
process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const [name = "", ...rest] = argv;
  try {
    if (Object.hasOwn(commands, name)) return await commands[name]!(rest);
    const { runCommand } = await import("./cli/run-command.ts");
    return await runCommand(argv, Object.keys(commands));
  } catch (error) {
    const { line, usage } = describeError(error);
    process.stderr.write(`${line}\n`);
    return usage ? EXIT.usage : EXIT.error;
  }
}
