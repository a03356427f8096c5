import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The runtimes in which the programs of these tests run. */
export const runtimes = ["node", "deno", "bun"] as const;
export type Runtime = (typeof runtimes)[number];

/** Where the sources of the workspace lie, which a program run from source reads. */
const packages = fileURLToPath(new URL("../../", import.meta.url));

/** What a program may do in Deno: the flags that README names, the modules of its helper, and what tests say by it. */
const denoFlags: readonly string[] = [
  "--allow-ffi",
  `--allow-read=/dev/shm,${packages}`,
  "--allow-write=/dev/shm",
  "--allow-env=TICKETLOCK_TEST_LOOKS",
];

/** How a runtime is started. */
export interface Command {
  readonly execPath: string;
  readonly execArgv: string[];
}

/** The command that runs a module in `runtime`; `flags` in the place of those that tests need in Deno. */
export function commandOf(runtime: Runtime, flags?: readonly string[]): Command {
  if (runtime === "node")
    return { execPath: process.execPath, execArgv: ["--no-warnings", ...(flags ?? [])] };
  const execPath = executableOf(runtime);
  if (runtime === "bun") return { execPath, execArgv: [...(flags ?? [])] };
  return { execPath, execArgv: ["run", "--no-prompt", ...(flags ?? denoFlags)] };
}

/** The program itself, not a script that starts it: a signal must reach it. */
function executableOf(runtime: "deno" | "bun"): string {
  const manifest = manifestOf(runtime);
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: Record<string, string> };
  // What deno's package calls its program is a script; the program lies beside it.
  const path = join(dirname(manifest), runtime === "deno" ? "deno" : bin[runtime]!);
  if (existsSync(path)) return path;
  throw missing(runtime);
}

function manifestOf(runtime: "deno" | "bun"): string {
  try {
    return createRequire(import.meta.url).resolve(`${runtime}/package.json`);
  } catch {
    throw missing(runtime);
  }
}

function missing(runtime: string): Error {
  return new Error(
    `Cannot test with ${runtime}: its npm package is not installed. Run "npx --yes pnpm@12 install" at the repository's top.`,
  );
}
