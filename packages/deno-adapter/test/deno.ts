import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** A limit against a hang. */
const LIMIT_MS = 50_000;

export interface ProgramEnd {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** The Deno that this workspace has installed. */
function denoPath(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", ".bin", "deno");
    if (existsSync(path)) return path;
    if (folder === dirname(folder))
      throw new Error('Cannot run Deno: it is not installed. Run "npx pnpm@12 install".');
  }
}

/** Runs one of the programs with these permissions and no others; one that does not end by itself is killed, which its code then shows. */
export function runDeno(
  program: string,
  permissions: readonly string[],
  args: readonly string[] = [],
  limitMs: number = LIMIT_MS,
): Promise<ProgramEnd> {
  const path = new URL(`./programs/${program}.ts`, import.meta.url).pathname;
  const command = ["run", "--no-prompt", ...permissions, path, ...args];
  return new Promise((resolve) => {
    execFile(
      denoPath(),
      command,
      { timeout: limitMs, killSignal: "SIGKILL", env: { ...process.env, NO_COLOR: "1" } },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr }),
    );
  });
}
