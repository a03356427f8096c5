import process from "node:process";
import { isReaderGone, lostOutput } from "@ticketlock/harness";
import { describeError } from "./describe-error.ts";
import { EXIT } from "./exit.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Does work that Ctrl-C calls off in order, and gives its exit code, which is then 130. Asked twice, the
 * process ends at once. Output that cannot be printed any more calls it off as well, with exit code 141 if nobody
 * reads it.
 *
 * @param onStop - tells the user what happens now
 */
export async function interruptible(
  onStop: () => void,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const stop = new AbortController();
  const interrupted = (): void => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    onStop();
    stop.abort(new Error("Stopped by Ctrl-C."));
  };
  const output = lostOutput();
  const unheard = (): void => stop.abort(output.reason);
  for (const signal of SIGNALS) process.on(signal, interrupted);
  output.addEventListener("abort", unheard);
  try {
    const code = await work(stop.signal);
    return stop.signal.aborted ? exitCodeOf(stop.signal) : code;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    // Of its output the user has been told, or has left.
    if (error !== output.reason) process.stderr.write(`${describeError(error).line}\n`);
    return exitCodeOf(stop.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupted);
    output.removeEventListener("abort", unheard);
  }
}

/** Of work that was called off. */
function exitCodeOf({ reason }: AbortSignal): number {
  if (reason !== lostOutput().reason) return EXIT.interrupted;
  return isReaderGone(reason) ? EXIT.readerGone : EXIT.error;
}
