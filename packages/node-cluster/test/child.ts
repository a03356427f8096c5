import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A program of the tests that runs until it ends or is killed. */
export interface Child {
  readonly process: ChildProcess;
  /** Settles with its next line; `undefined` when it has ended. */
  line(): Promise<string | undefined>;
  /** Settles when it is gone. */
  readonly gone: Promise<unknown>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts `programs/<name>.mjs`; it does not outlive the test. */
export function startProgram(name: string, ...programArguments: readonly string[]): Child {
  return start([], name, programArguments);
}

function start(flags: readonly string[], name: string, programArguments: readonly string[]): Child {
  const program = fileURLToPath(new URL(`./programs/${name}.mjs`, import.meta.url));
  const child = spawn(process.execPath, ["--no-warnings", ...flags, program, ...programArguments], {
    env: {},
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const gone = once(child, "close");
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    process: child,
    gone,
    line: async () => (await lines.next()).value,
    async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
      child.kill(signal);
      await gone;
    },
  };
}

/** Runs it to its end and returns its lines. */
export function runToEnd(name: string, ...programArguments: readonly string[]): Promise<string[]> {
  return readToEnd(start([], name, programArguments));
}

/** As `runToEnd`, in a Node started with these flags. */
export function runWithFlags(
  flags: readonly string[],
  name: string,
  ...programArguments: readonly string[]
): Promise<string[]> {
  return readToEnd(start(flags, name, programArguments));
}

async function readToEnd(child: Child): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await child.line(); line !== undefined; line = await child.line())
    lines.push(line);
  await child.gone;
  return lines;
}
