import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** For stdin. */
  readonly input?: string | Buffer;
  /** Closes our end of stdout before anything is read. */
  readonly deaf?: boolean;
}

/** Runs the command as a user does, in a process of its own. */
export function runMain(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return runCommand([process.execPath, MAIN, ...args], options);
}

export async function runCommand(
  [file = "", ...args]: readonly string[],
  { cwd, input = "", deaf = false }: RunOptions = {},
): Promise<RunResult> {
  const child = spawn(file, args, { cwd, env: { ...process.env, NO_COLOR: "1" } });
  let [stdout, stderr] = ["", ""];
  if (deaf) child.stdout.destroy();
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => {}); // it has stopped to read, as it may
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, stdout, stderr };
}
