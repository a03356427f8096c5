import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runtimeCommand } from "@ticketlock/harness";

const run = promisify(execFile);
const PTHREAD_SOURCE = fileURLToPath(new URL("../../peers/pthread.c", import.meta.url));
const PYTHON_SOURCE = fileURLToPath(new URL("../../peers/locks.py", import.meta.url));
const TASKS_SOURCE = fileURLToPath(new URL("./async-locks.ts", import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));
const CLUSTER_SOURCE = fileURLToPath(new URL("./cluster-echo.ts", import.meta.url));

/** The programs: C, Python, JavaScript with tasks of one thread (in Node, in Deno), and with processes of node:cluster. */
export type PeerProgram = "c" | "python" | "tasks" | "deno-tasks" | "cluster";

/** How to start a peer's program, or what to install first. */
export type PeerCommand =
  | { readonly command: string; readonly args: readonly string[]; readonly version: string }
  | { readonly missing: string };

/** The peers' programs: looked for, and compiled where need be, into a private directory that goes with `close`. */
export class PeerPrograms {
  #directory: string | undefined;
  readonly #found = new Map<PeerProgram, Promise<PeerCommand>>();

  /** Never rejects: a peer that cannot run says what is missing. */
  command(program: PeerProgram): Promise<PeerCommand> {
    const found = this.#found.get(program) ?? this.#find(program);
    this.#found.set(program, found);
    return found;
  }

  /** All of them. */
  async commands(): Promise<Record<PeerProgram, PeerCommand>> {
    return {
      c: await this.command("c"),
      python: await this.command("python"),
      tasks: await this.command("tasks"),
      "deno-tasks": await this.command("deno-tasks"),
      cluster: await this.command("cluster"),
    };
  }

  close(): void {
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
    this.#directory = undefined;
  }

  #find(program: PeerProgram): Promise<PeerCommand> {
    if (program === "c") return this.#compile();
    if (program === "python") return findPython();
    if (program === "deno-tasks") return findDeno();
    return Promise.resolve({
      command: process.execPath,
      args: [program === "tasks" ? TASKS_SOURCE : CLUSTER_SOURCE],
      version: process.version,
    });
  }

  async #compile(): Promise<PeerCommand> {
    try {
      const { stdout } = await run("cc", ["--version"]);
      this.#directory = mkdtempSync(join(tmpdir(), "ticketlock-peers-"));
      const program = join(this.#directory, "pthread");
      await run("cc", ["-O2", "-pthread", "-o", program, PTHREAD_SOURCE]);
      return { command: program, args: [], version: firstLine(stdout) };
    } catch (error) {
      if (isMissing(error)) return { missing: "no C compiler: apt-get install gcc libc6-dev" };
      return {
        missing: `the C peer does not compile (${firstLine(String(error))}): apt-get install gcc libc6-dev`,
      };
    }
  }
}

async function findPython(): Promise<PeerCommand> {
  try {
    const { stdout } = await run("python3", ["--version"]);
    return { command: "python3", args: [PYTHON_SOURCE], version: firstLine(stdout) };
  } catch {
    return { missing: "no Python: apt-get install python3" };
  }
}

async function findDeno(): Promise<PeerCommand> {
  try {
    const { command, args } = runtimeCommand("deno", [], TASKS_SOURCE, HERE);
    const { stdout } = await run(command, ["--version"]);
    return { command, args, version: firstLine(stdout) };
  } catch (error) {
    return { missing: firstLine(error instanceof Error ? error.message : String(error)) };
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function firstLine(text: string): string {
  return text.split("\n")[0]!.trim();
}
