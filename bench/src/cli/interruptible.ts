import process from "node:process";
import { describeError } from "./describe-error.ts";
import { EXIT } from "./exit.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Does work that Ctrl-C calls off in order, and gives its exit code, which is then 130. Asked twice, the
 * process ends at once.
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
  for (const signal of SIGNALS) process.on(signal, interrupted);
  try {
    const code = await work(stop.signal);
    return stop.signal.aborted ? EXIT.interrupted : code;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write(`${describeError(error).line}\n`);
    return EXIT.interrupted;
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupted);
  }
}
