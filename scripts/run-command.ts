import { spawnSync } from "node:child_process";

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Past this the command is killed and counts as failed. */
  readonly timeoutMs: number;
}

export interface CommandResult {
  readonly ok: boolean;
  /** Standard output and standard error; empty where the command's output is shown as it comes. */
  readonly output: string;
}

/** Runs a command with its output shown as it comes; true if it exits 0 in time. */
export function showCommand(
  command: string,
  commandArguments: readonly string[],
  options: CommandOptions,
): boolean {
  const result = spawnSync(command, commandArguments, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "inherit", "inherit"],
    timeout: options.timeoutMs,
    killSignal: "SIGKILL",
  });
  if (result.error) console.error(`cannot run ${command}: ${result.error.message}`);
  return result.status === 0;
}

/** Runs a command and keeps what it prints. */
export function captureCommand(
  command: string,
  commandArguments: readonly string[],
  options: CommandOptions,
): CommandResult {
  const result = spawnSync(command, commandArguments, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    timeout: options.timeoutMs,
    killSignal: "SIGKILL",
  });
  const problem = result.error ? `\ncannot run ${command}: ${result.error.message}` : "";
  return { ok: result.status === 0, output: `${result.stdout}${result.stderr}${problem}` };
}
