import process from "node:process";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Exit code of a command that was stopped by Ctrl-C: that of a process ended by SIGINT. */
export const INTERRUPTED = 130;

/**
 * Does work that Ctrl-C calls off in order: by its signal, which others may abort as well. Asked twice, the process
 * ends at once.
 *
 * @param onStop - tells the user what happens now
 */
export async function interruptible<T>(
  onStop: () => void,
  work: (stop: AbortController) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const interrupted = (): void => {
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    onStop();
    stop.abort(new Error("Stopped by Ctrl-C."));
  };
  for (const signal of SIGNALS) process.on(signal, interrupted);
  try {
    return await work(stop);
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupted);
  }
}
