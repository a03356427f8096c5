import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export interface RunningMain {
  readonly child: ChildProcessWithoutNullStreams;
  readonly done: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Settles when stdout has matched. */
  seen(pattern: RegExp): Promise<void>;
}

export interface MainOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Starts the command as a user would. */
export function startMain(
  args: readonly string[],
  { cwd, env = {} }: MainOptions = {},
): RunningMain {
  const child = spawn(process.execPath, [main, ...args], {
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

/** A folder of the test's own. */
export function testFolder(): string {
  const path = mkdtempSync(join(tmpdir(), "ticketlock-torture-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A workspace whose only adapter has this module. */
export function workspaceOf(moduleUrl: string): string {
  const root = testFolder();
  const folder = join(root, "packages", "some-adapter");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, "pnpm-workspace.yaml"), "packages:\n  - packages/*\n");
  const ticketlock = { adapter: "./adapter.ts", runtime: "node" };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "some-adapter", type: "module", ticketlock })); // prettier-ignore
  writeFileSync(join(folder, "adapter.ts"), `export { adapter } from ${JSON.stringify(moduleUrl)};\n`); // prettier-ignore
  return root;
}

/** Other processes whose environment holds the marker: a command and everything that it has started. */
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
