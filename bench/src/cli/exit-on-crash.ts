import process from "node:process";
import { isReaderGone, lostOutput } from "@ticketlock/harness";
import { describeError } from "./describe-error.ts";
import { EXIT } from "./exit.ts";

/**
 * Makes an error that nobody catches end this process with a line on stderr and exit code 70: Node's own is 1, which
 * is a verdict here. Output that cannot be printed crashes nothing: where nobody reads it any more, as with `| head`,
 * it is left out, and the exit code is what it would have been; where there is no room for it, the command comes to
 * its end, says so, and exits 70. A measurement is called off by either: see `interruptible`.
 */
export function exitOnCrash(): void {
  process.on("uncaughtException", (error: unknown) => {
    process.stderr.write(`${describeError(error).line}\n`);
    process.exit(EXIT.error);
  });
  const output = lostOutput();
  output.addEventListener("abort", () => {
    if (isReaderGone(output.reason)) return;
    process.stderr.write(
      `Cannot print: ${describeError(output.reason).line}. Make room, or send the output elsewhere.\n`,
    );
    process.once("exit", () => (process.exitCode = EXIT.error));
  });
}
