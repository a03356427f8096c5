import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findWorkspaceRoot } from "@ticketlock/harness";
import { afterAll } from "vitest";
import type { Verdict } from "../src/index.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
export const workspaceRoot: string = findWorkspaceRoot(
  fileURLToPath(new URL(".", import.meta.url)),
)!;

/** Hundreds of threads load the same modules: compiled once, the suite takes half the time. */
const compileCache = mkdtempSync(join(tmpdir(), "ticketlock-compiled-"));
afterAll(() => rmSync(compileCache, { recursive: true, force: true }));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Takes root's power to read what the file mode forbids. */
  readonly unprivileged?: boolean;
  /** Receives what is printed as it comes, and the process's id. */
  readonly onOutput?: (text: string, id: number) => void;
}

/** Runs the command as a user does, in a process of its own. */
export async function runCli(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  const line = [process.execPath, main, ...args];
  const asUser = options.unprivileged === true && process.getuid?.() === 0;
  // Dropping a capability rather than the uid: another user may not be able to read the repository.
  const [command = "", ...rest] = asUser
    ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", ...line]
    : line;
  const child = spawn(command, rest, {
    cwd: options.cwd ?? workspaceRoot,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    options.onOutput?.(text, child.pid!);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve(exitCode));
  });
  return { code, stdout, stderr };
}

/** The verdict that `--json` printed as the last line. */
export function verdictOf({ stdout, stderr }: CliResult): Verdict {
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  if (last.startsWith("{")) return JSON.parse(last) as Verdict;
  throw new Error(
    `expected a verdict as the last line, got ${JSON.stringify(last)}; stderr: ${stderr}`,
  );
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(NODE_OPTIONS|VITEST.*|FORCE_COLOR|TICKETLOCK_ADAPTER)$/.test(name),
  );
  return { ...Object.fromEntries(kept), NODE_COMPILE_CACHE: compileCache };
}
