import process from "node:process";
import { EXIT } from "./exit.ts";
import { UsageError } from "./usage-error.ts";

/** The line for a terminal. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof UsageError ? " [USAGE]" : "";
  return `history: ${message.split("\n")[0]!}${code}`;
}

/**
 * Makes an error that nobody catches, as that of a full disk behind stdout, end this process with a line on stderr
 * and exit code 70: Node's own is 1, which is a verdict here. That whoever read our lines has gone is no error:
 * the exit code still tells the verdict.
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
