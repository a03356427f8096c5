import process from "node:process";

/** Exit code of a command that was cut short since nobody reads its output any more: that of a process ended by SIGPIPE. */
export const READER_GONE = 141;

const CLOSED: readonly unknown[] = ["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"];

let lost: AbortController | undefined;

/**
 * A signal that aborts once stdout takes nothing more: whoever read it has gone, as `head` does, or there is no room.
 * Its reason is the error. From the first call on that is no uncaught error of this process any more, nor is it one
 * if nobody reads stderr: what is written goes nowhere.
 */
export function lostOutput(): AbortSignal {
  if (lost === undefined) {
    const stop = new AbortController();
    process.stdout.on("error", (error) => stop.abort(error));
    process.stderr.on("error", () => {}); // there is nobody left to be told
    lost = stop;
  }
  return lost.signal;
}

/** True if an error of a stream says that whoever read it has gone, so that there is nobody to complain to. */
export function isReaderGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && CLOSED.includes(error.code);
}
