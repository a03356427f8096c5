import process from "node:process";
import { fileURLToPath } from "node:url";
import { type RunningCommand, startCommand } from "@ticketlock/conformance/kit";

/** A run that a busy machine does not cut short: one adapter, and more time than a preset gives. */
export const ONE_ADAPTER: readonly string[] = [
  "--adapter",
  process.env["TICKETLOCK_ADAPTER"]?.split(",")[0] ?? "worker-threads",
  "--budget",
  "100",
];

/** With so much time every scenario would be measured, too: one will do. */
export const ONE_SCENARIO: readonly string[] = [...ONE_ADAPTER, "--scenario", "line-up"];

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
): RunningCommand {
  const path = fileURLToPath(new URL(`../src/${script}.ts`, import.meta.url));
  const command = [process.execPath, path, ...args];
  const limited = ["bash", "-c", `ulimit -f ${fileKilobytes} && exec "$@"`, "bash", ...command];
  return startCommand(fileKilobytes === undefined ? command : limited, { env });
}
