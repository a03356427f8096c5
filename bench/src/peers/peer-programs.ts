import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Peer } from "./peer-cells.ts";

const run = promisify(execFile);
const PTHREAD_SOURCE = fileURLToPath(new URL("../../peers/pthread.c", import.meta.url));
const PYTHON_SOURCE = fileURLToPath(new URL("../../peers/locks.py", import.meta.url));
const ASYNC_SOURCE = fileURLToPath(new URL("./async-locks.ts", import.meta.url));

/** How to start a peer's program, or what to install first. */
export type PeerCommand =
  | { readonly command: string; readonly args: readonly string[]; readonly version: string }
  | { readonly missing: string };

/** The peers' programs: looked for, and compiled where need be, into a private directory that goes with `close`. */
export class PeerPrograms {
  #directory: string | undefined;
  readonly #found = new Map<Peer["runtime"], Promise<PeerCommand>>();

  /** Never rejects: a peer that cannot run says what is missing. */
  command(runtime: Peer["runtime"]): Promise<PeerCommand> {
    const found = this.#found.get(runtime) ?? this.#find(runtime);
    this.#found.set(runtime, found);
    return found;
  }

  close(): void {
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
    this.#directory = undefined;
  }

  #find(runtime: Peer["runtime"]): Promise<PeerCommand> {
    if (runtime === "c") return this.#compile();
    if (runtime === "python") return findPython();
    return Promise.resolve({
      command: process.execPath,
      args: [ASYNC_SOURCE],
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

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function firstLine(text: string): string {
  return text.split("\n")[0]!.trim();
}
