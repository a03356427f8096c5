import process from "node:process";
import { describeError } from "./describe-error.ts";
import { EXIT } from "./exit.ts";

/**
 * Makes an error that nobody catches, as that of a full disk behind stdout, end this process with a line on stderr
 * and exit code 70: Node's own is 1, which is a verdict here.
 */
export function exitOnCrash(): void {
  process.on("uncaughtException", (error: unknown) => {
    process.stderr.write(`${describeError(error).line}\n`);
    process.exit(EXIT.error);
  });
}
