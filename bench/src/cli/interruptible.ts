import process from "node:process";
import { interruptible as untilStopped, isReaderGone, lostOutput } from "@ticketlock/harness";
import { describeError } from "./describe-error.ts";
import { EXIT } from "./exit.ts";

/**
 * Does work that Ctrl-C calls off in order, and gives its exit code, which is then 130. Asked twice, the
 * process ends at once. Output that cannot be printed any more calls it off as well, with exit code 141 if nobody
 * reads it.
 *
 * @param onStop - tells the user what happens now
 */
export function interruptible(
  onStop: () => void,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  return untilStopped(onStop, async (stop) => {
    const output = lostOutput();
    const unheard = (): void => stop.abort(output.reason);
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
      output.removeEventListener("abort", unheard);
    }
  });
}

/** Of work that was called off. */
function exitCodeOf({ reason }: AbortSignal): number {
  if (reason !== lostOutput().reason) return EXIT.interrupted;
  return isReaderGone(reason) ? EXIT.readerGone : EXIT.error;
}
