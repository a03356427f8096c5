import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** A run that a busy machine does not cut short: one adapter, and more time than a preset gives. */
export const ONE_ADAPTER: readonly string[] = [
  "--adapter",
  process.env["TICKETLOCK_ADAPTER"]?.split(",")[0] ?? "worker-threads",
  "--budget",
  "100",
];

/** With so much time every scenario would be measured, too: one will do. */
export const ONE_SCENARIO: readonly string[] = [...ONE_ADAPTER, "--scenario", "line-up"];

/** A command of the bench while it runs. */
export interface RunningMain {
  readonly child: ChildProcessWithoutNullStreams;
  readonly done: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Settles when stdout has matched. */
  seen(pattern: RegExp): Promise<void>;
}

/** What a command is started with. */
export interface MainOptions {
  readonly script?: "main" | "figures/main";
  readonly env?: NodeJS.ProcessEnv;
  /** No file may grow larger. */
  readonly fileKilobytes?: number;
}

/** Starts a command of the bench as a user would. */
export function startMain(
  args: readonly string[],
  { script = "main", env = {}, fileKilobytes }: MainOptions = {},
): RunningMain {
  const path = fileURLToPath(new URL(`../src/${script}.ts`, import.meta.url));
  const command = [process.execPath, path, ...args];
  const limited = ["bash", "-c", `ulimit -f ${fileKilobytes} && exec "$@"`, "bash", ...command];
  const [file, ...rest] = fileKilobytes === undefined ? command : limited;
  const child = spawn(file!, rest, { env: { ...process.env, NO_COLOR: "1", ...env } });
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
