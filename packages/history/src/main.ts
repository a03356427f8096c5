#!/usr/bin/env node
/** `pnpm history`: tells whether recorded histories are linearizable. */
import process from "node:process";
import { checkCommand } from "./cli/check-command.ts";
import { exampleCommand } from "./cli/example-command.ts";
import { EXIT } from "./cli/exit.ts";
import { describeError, exitOnCrash } from "./cli/exit-on-crash.ts";
import { UsageError } from "./cli/usage-error.ts";

/** Each takes its arguments and gives its exit code. */
const commands: Readonly<Record<string, (argv: readonly string[]) => number | Promise<number>>> = {
  check: checkCommand,
  example: exampleCommand,
};

const HELP = `Usage: history check <file> [options]
       history example <model>

check    tells whether a recorded history is linearizable; history check --help has the options
example  prints a small valid history to start from: register, mutex or ticket-pool
`;

exitOnCrash();
process.exitCode = await main(process.argv.slice(2));

async function main([name = "", ...rest]: readonly string[]): Promise<number> {
  try {
    if (name === "--help" || name === "-h") {
      process.stdout.write(HELP);
      return EXIT.ok;
    }
    if (!Object.hasOwn(commands, name)) {
      const what =
        name === "" ? "no command is named" : `there is no command ${JSON.stringify(name)}`;
      throw new UsageError(
        `Cannot read the arguments: ${what}. Allowed: check <file>, example <model>, --help.`,
      );
    }
    return await commands[name]!(rest);
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    return error instanceof UsageError ? EXIT.usage : EXIT.error;
  }
}
