/** `pnpm scenario`: plays the stories in a terminal. */
import { isReaderGone, lostOutput, READER_GONE } from "@ticketlock/harness";
import { runCommand } from "./run-command.ts";

/** A second Ctrl-C does not wait for the clean-up; processes that were started end by themselves. */
const stop = new AbortController();
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

for (const [signal, code] of Object.entries(EXIT_CODES)) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(code);
    stop.abort(code);
  });
}
/** EX_SOFTWARE of sysexits.h: how the story would have come out is not known. */
const CANNOT_PRINT = 70;
// There is nobody left to play for. What was started ends by itself.
const output = lostOutput();
output.addEventListener("abort", () => {
  if (isReaderGone(output.reason)) process.exit(READER_GONE);
  process.stderr.write(
    `scenario: Cannot print: ${String(output.reason.message)}. Make room, or send the output elsewhere.\n`,
  );
  process.exit(CANNOT_PRINT);
});

const { stdout, env } = process;
const colours = env["NO_COLOR"] === undefined || env["NO_COLOR"] === "";
try {
  process.exitCode = await runCommand(process.argv.slice(2), {
    output: {
      write: (text) => void stdout.write(text),
      // Asked for outright: createColors(undefined) would ask the environment, and CI there means colour.
      colours: colours && stdout.isTTY === true,
      columns: stdout.isTTY ? stdout.columns : undefined,
    },
    error: (text) => void process.stderr.write(text),
    signal: stop.signal,
  });
} catch (error) {
  if (!stop.signal.aborted) throw error;
  process.exitCode = Number(stop.signal.reason);
}
