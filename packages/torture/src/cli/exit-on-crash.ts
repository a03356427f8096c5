import process from "node:process";
import { isTicketlockError } from "@ticketlock/core";
import { EXIT } from "./exit.ts";

/** The line for a terminal, with the error's code behind it. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = isTicketlockError(error) ? ` [${error.code}]` : "";
  return `torture: ${message.split("\n")[0]!}${code}`;
}

/**
 * Makes an error that nobody catches end this process with a line on stderr and exit code 70: Node's own is 1,
 * which is a verdict here. That whoever read our lines has gone is no error.
 */
export function exitOnCrash(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  process.on("uncaughtException", (error: unknown) => {
    process.stderr.write(`${describeError(error)}\n`);
    process.exit(EXIT.error);
  });
}
