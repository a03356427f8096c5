#!/usr/bin/env node
/** `pnpm torture`: torments every adapter's locks and stores, and checks what comes of it. */
import process from "node:process";
import { isTicketlockError } from "@ticketlock/core";
import { EXIT } from "./cli/exit.ts";
import { describeError, exitOnCrash } from "./cli/exit-on-crash.ts";
import { runCommand } from "./cli/run-command.ts";

exitOnCrash();
process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  try {
    return await runCommand(argv);
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    const isUsage = isTicketlockError(error, "USAGE") || isTicketlockError(error, "ADAPTER_NOT_FOUND"); // prettier-ignore
    return isUsage ? EXIT.usage : EXIT.error;
  }
}
