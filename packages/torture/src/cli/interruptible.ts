import process from "node:process";
import { EXIT } from "./exit.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Does work that Ctrl-C calls off in order. Asked twice, the process ends at once.
 *
 * @param onStop - tells the user what happens now
 */
export async function interruptible<T>(
  onStop: () => void,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const interrupted = (): void => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    onStop();
    stop.abort(new Error("Stopped by Ctrl-C."));
  };
  for (const signal of SIGNALS) process.on(signal, interrupted);
  try {
    return await work(stop.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupted);
  }
}
