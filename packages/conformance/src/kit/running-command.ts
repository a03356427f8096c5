import { type ChildProcessWithoutNullStreams, spawn, type SpawnOptions } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** A command of the workspace while it runs, as a user would see it. */
export interface RunningCommand {
  readonly child: ChildProcessWithoutNullStreams;
  readonly done: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Settles when stdout has matched. */
  seen(pattern: RegExp): Promise<void>;
}

/** Starts a command, without colours, and keeps what it prints. `env` is added to this process's. */
export function startCommand(
  [file, ...args]: readonly string[],
  { cwd, env }: Pick<SpawnOptions, "cwd" | "env"> = {},
): RunningCommand {
  const child = spawn(file!, args, {
    env: { ...process.env, NO_COLOR: "1", ...env },
    ...(cwd !== undefined && { cwd }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const done = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, stdout, stderr })),
  );
  const seen = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(stdout)) resolve();
      };
      child.stdout.on("data", look);
      child.once("close", () =>
        reject(new Error(`It ended before it printed ${String(pattern)}:\n${stdout}\n${stderr}`)),
      );
      look();
    });
  return { child, done, seen };
}

/** Other processes whose environment holds the marker: a command and everything that it has started. Needs /proc. */
export function processesWith(marker: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(marker);
    } catch {
      return false; // gone meanwhile
    }
  });
}
