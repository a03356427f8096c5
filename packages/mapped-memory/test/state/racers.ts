import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const program = fileURLToPath(new URL("./programs/claim.mjs", import.meta.url));

/** A process that claims names when it is told to. */
export interface Racer {
  readonly process: ChildProcess;
  /** What came of each name; empty if it ended before. */
  readonly outcomes: Promise<readonly string[]>;
}

/** Starts one process for each kind, and lets them claim the names at once. `own`: it owns the paths instead. */
export async function race(
  directory: string,
  kinds: readonly string[],
  names: readonly string[],
): Promise<readonly Racer[]> {
  const racers = await Promise.all(kinds.map((kind) => start([directory, kind, ...names])));
  for (const racer of racers) racer.process.stdin!.write("go\n");
  return racers;
}

async function start(programArguments: readonly string[]): Promise<Racer> {
  const child = spawn(process.execPath, [program, ...programArguments], {
    env: {},
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  await lines.next();
  const outcomes = lines
    .next()
    .then(({ value }) => JSON.parse((value as string | undefined) ?? "[]") as string[]);
  return { process: child, outcomes };
}

/** Ends it at once, and waits until it is gone. */
export async function kill({ process: child }: Racer): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
