import type { ChildProcess } from "node:child_process";
import type { ProgramFacts } from "../lock-cases/lock-case.ts";
import { programUrl } from "./workload-url.ts";

/** How a program of its own ended. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True if it had to be killed, because it did not end by itself in time. */
  readonly killed: boolean;
}

/**
 * Runs one of the suite's programs as a fresh process of this runtime, with a temporary directory
 * of its own in which it must leave nothing. It must end by itself: nothing in it calls exit.
 */
export async function runProgram(
  name: "keep-alive" | "leave-nothing",
  facts: ProgramFacts,
  args: readonly string[],
  limitMs: number,
): Promise<ProgramEnd & { readonly leftFiles: string[] }> {
  // Imported here: the rest of the suite needs no runtime's modules.
  const { spawn } = await import("node:child_process");
  const { mkdtemp, readdir, rm } = await import("node:fs/promises");
  const { tmpdir } = await import("node:os");
  const { join } = await import("node:path");
  const { fileURLToPath } = await import("node:url");

  const directory = await mkdtemp(join(tmpdir(), "ticketlock-conformance-"));
  try {
    const command = "Deno" in globalThis ? ["run", "--no-prompt"] : [];
    const flags =
      facts.runtimeFlags.length > 0 || !("Deno" in globalThis) ? facts.runtimeFlags : ["-A"];
    const child = spawn(
      process.execPath,
      [...command, ...flags, fileURLToPath(programUrl(name)), facts.adapterUrl, ...args],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...ownEnvironment(), TMPDIR: directory, TEMP: directory, TMP: directory },
      },
    );
    const end = await ended(child, limitMs);
    return { ...end, leftFiles: await readdir(directory) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The program is no part of a test run, and is not debugged with it. */
function ownEnvironment(): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(
    ([name]) =>
      !/^(NODE_OPTIONS|NODE_V8_COVERAGE|NODE_CHANNEL_FD|NODE_UNIQUE_ID|NODE_TEST_CONTEXT|VITEST.*)$/.test(
        name,
      ),
  );
  return Object.fromEntries(own);
}

function ended(child: ChildProcess, limitMs: number): Promise<ProgramEnd> {
  let stdout = "";
  let stderr = "";
  let killed = false;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const timer = setTimeout(() => {
    killed = true;
    child.kill("SIGKILL");
  }, limitMs);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr, killed });
    });
  });
}
