import type { ChildProcess } from "node:child_process";
import type { ProgramFacts } from "../lock-cases/lock-case.ts";
import { isProcessGone } from "./own-death.ts";
import { type ProgramName, programUrl } from "./workload-url.ts";

/** How a program of its own ended. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True if it had to be killed, because it did not end by itself in time. */
  readonly killed: boolean;
}

/** A program of the suite's own that runs. */
export interface RunningProgram {
  /** The first line that it prints. Never settles if it prints none. */
  readonly firstLine: Promise<string>;
  readonly ended: Promise<Omit<ProgramEnd, "killed">>;
  signal(signal: NodeJS.Signals): void;
  /** Kills it, stopped or not, if it still runs; waits for its end and removes its temporary directory. */
  end(): Promise<void>;
}

/** A new directory that nobody else uses. */
export async function temporaryDirectory(): Promise<{
  readonly path: string;
  remove(): Promise<void>;
}> {
  // Imported here, as below: the rest of the suite needs no runtime's modules.
  const { mkdtemp, rm } = await import("node:fs/promises");
  const { tmpdir } = await import("node:os");
  const { join } = await import("node:path");
  const path = await mkdtemp(join(tmpdir(), "ticketlock-conformance-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Starts one of the suite's programs as a fresh process of this runtime, with a temporary directory of its own. */
export async function startProgram(
  name: ProgramName,
  facts: ProgramFacts,
  args: readonly string[],
): Promise<RunningProgram> {
  const directory = await temporaryDirectory();
  const child = await spawnProgram(name, facts, args, directory.path);
  let isOver = false;
  const ended = endOf(child).finally(() => (isOver = true));
  // Not by the child's own `kill`: Deno takes it for dead after any signal, and sends it no other.
  const signal = (signal: NodeJS.Signals): void => {
    if (!isOver && !isProcessGone(child.pid!)) process.kill(child.pid!, signal);
  };
  const firstLine = new Promise<string>((resolve) => {
    let text = "";
    child.stdout?.on("data", (more: string) => {
      text += more;
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
  });
  return {
    firstLine,
    ended,
    signal,
    end: async () => {
      signal("SIGKILL");
      await ended;
      await directory.remove();
    },
  };
}

/**
 * Runs one of the suite's programs as a fresh process of this runtime, with a temporary directory
 * of its own in which it must leave nothing. It must end by itself: nothing in it calls exit.
 */
export async function runProgram(
  name: ProgramName,
  facts: ProgramFacts,
  args: readonly string[],
  limitMs: number,
): Promise<ProgramEnd & { readonly leftFiles: string[] }> {
  const { readdir } = await import("node:fs/promises");
  const directory = await temporaryDirectory();
  try {
    const child = await spawnProgram(name, facts, args, directory.path);
    let killed = false;
    const timer = setTimeout(() => {
      killed = true;
      child.kill("SIGKILL");
    }, limitMs);
    const end = await endOf(child).finally(() => clearTimeout(timer));
    return { ...end, killed, leftFiles: await readdir(directory.path) };
  } finally {
    await directory.remove();
  }
}

/** The flags with which a program also sees what it has: Deno shows /proc only to who may do everything. */
export function flagsToSee(flags: readonly string[]): readonly string[] {
  if (!("Deno" in globalThis)) return flags;
  return ["--allow-all", ...flags.filter((flag) => !/^(?:--(?:allow|deny)-|-A$)/.test(flag))];
}

async function spawnProgram(
  name: ProgramName,
  { adapterUrl, runtimeFlags }: ProgramFacts,
  args: readonly string[],
  temporary: string,
): Promise<ChildProcess> {
  const { spawn } = await import("node:child_process");
  const { fileURLToPath } = await import("node:url");
  const isDeno = "Deno" in globalThis;
  const command = isDeno ? ["run", "--no-prompt"] : [];
  const flags = runtimeFlags.length > 0 || !isDeno ? runtimeFlags : ["-A"];
  const child = spawn(
    process.execPath,
    [...command, ...flags, fileURLToPath(programUrl(name)), adapterUrl, ...args],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...ownEnvironment(), TMPDIR: temporary, TEMP: temporary, TMP: temporary },
    },
  );
  child.stdout?.setEncoding("utf8");
  child.stderr?.setEncoding("utf8");
  return child;
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

function endOf(child: ChildProcess): Promise<Omit<ProgramEnd, "killed">> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (text: string) => (stdout += text));
  child.stderr?.on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
