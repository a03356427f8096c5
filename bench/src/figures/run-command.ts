import { spawn } from "node:child_process";
import process from "node:process";

/** Most of a command's output that is kept: its end. */
const KEPT_CHARACTERS = 1_000_000;

/** How long a command may take to stop once it has been asked to. */
const STOP_MS = 5_000;

/**
 * Runs a command in a process group of its own, all of which is stopped with it when the signal aborts.
 *
 * @returns the end of what it printed, and its exit code
 * @throws the signal's reason
 */
export function runCommand(
  command: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<{ output: string; code: number | null }> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (text: string): void => void (output = (output + text).slice(-KEPT_CHARACTERS));
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    let force: NodeJS.Timeout | undefined;
    const kill = (): void => killGroup(child.pid, "SIGKILL");
    const stop = (): void => {
      killGroup(child.pid, "SIGTERM");
      force = setTimeout(kill, STOP_MS);
    };
    const settle = (): void => {
      clearTimeout(force);
      signal.removeEventListener("abort", stop);
      process.off("exit", kill);
    };
    signal.addEventListener("abort", stop, { once: true });
    process.once("exit", kill); // a group of its own does not hear the terminal's second Ctrl-C
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("close", (code) => {
      settle();
      if (signal.aborted) reject(signal.reason as Error);
      else resolve({ output, code });
    });
  });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // gone already
  }
}
