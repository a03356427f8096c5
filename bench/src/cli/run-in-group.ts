import { spawn } from "node:child_process";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";

/** Most of a command's output that is kept: its end. */
const KEPT_CHARACTERS = 1_000_000;

/** How long a command may take to stop once it has been asked to. */
const STOP_MS = 5_000;

/** A process that got SIGKILL is not gone at once; where nobody reaps it, it never is, and is waited for so long. */
const GONE_MS = 1_000;
const LOOK_AGAIN_MS = 5;

/** What a command is run with, besides its arguments. */
export interface GroupOptions {
  /** By default this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** The command is stopped when it takes longer. By default it may take as long as it likes. */
  readonly limitMs?: number;
}

/** What became of a command. */
export interface GroupResult {
  /** The end of what it printed. */
  readonly output: string;
  /** Null where a signal ended it. */
  readonly code: number | null;
  /** It took longer than it may, and was stopped. */
  readonly tooLong: boolean;
}

/**
 * Runs a command in a process group of its own, which is stopped with all that the command has started when the signal
 * aborts or the time is up, and also when this process exits. It settles when the command is gone; nothing of a
 * group that was stopped is left then.
 *
 * @throws the signal's reason; what the system says where the command cannot be started
 */
export function runInGroup(
  command: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
  { env = process.env, limitMs }: GroupOptions = {},
): Promise<GroupResult> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const keep = (text: string): void => void (output = (output + text).slice(-KEPT_CHARACTERS));
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    let tooLong = false;
    let force: NodeJS.Timeout | undefined;
    const kill = (): void => void killGroup(child.pid, "SIGKILL");
    const stop = (): void => {
      if (force !== undefined) return;
      killGroup(child.pid, "SIGTERM");
      force = setTimeout(kill, STOP_MS);
    };
    const limit =
      limitMs === undefined
        ? undefined
        : setTimeout(() => {
            tooLong = true;
            stop();
          }, limitMs);
    const settle = (): void => {
      if (force !== undefined) kill(); // what did not heed SIGTERM, and held no pipe that would have been waited for
      clearTimeout(force);
      clearTimeout(limit);
      signal.removeEventListener("abort", stop);
      process.off("exit", kill);
    };
    signal.addEventListener("abort", stop, { once: true });
    // A group of its own does not hear the terminal's second Ctrl-C. It must be gone before its folder is removed.
    process.prependOnceListener("exit", kill);
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("close", async (code) => {
      const stopped = force !== undefined;
      settle();
      if (stopped) await groupEnd(child.pid);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve({ output, code, tooLong });
    });
  });
}

async function groupEnd(pid: number | undefined): Promise<void> {
  const untilMs = performance.now() + GONE_MS;
  while (killGroup(pid, 0) && performance.now() < untilMs) await pause(LOOK_AGAIN_MS);
}

/** @returns false where nobody is left in the group */
function killGroup(pid: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    // Gone already; macOS says EPERM of a group in which nobody is left but the dead.
    if (!["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return false;
  }
}
