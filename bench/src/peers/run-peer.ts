import { spawn } from "node:child_process";
import os from "node:os";
import process from "node:process";
import { z } from "zod";
import { isContaminated, noiseBetween, readNoise } from "../environment/noise.ts";
import type { BlockResult } from "../run/block.ts";
import { EmptyWindowError, untilWorked } from "../run/measured-window.ts";
import { nsPerOperation } from "../run/rates.ts";
import { mean } from "../statistics/interval.ts";
import type { PeerCommand } from "./peer-programs.ts";

const CORES = os.availableParallelism();
/** A peer that takes so much longer than its windows is stuck. */
const PEER_GRACE_MS = 60_000;
/** How many times its windows' length it may take, on a machine that others keep busy. */
const SLOWEST = 4;

const windowLine = z.object({
  operations: z.number().int().nonnegative(),
  /** Operations before and after the window included, which is what the counter must show. */
  all: z.number().int().positive(),
  counted: z.number().int().nonnegative(),
  wallNs: z.number().positive(),
  startSkewNs: z.number().nonnegative(),
  cpuUs: z.number().nonnegative().nullable(),
  shares: z.array(z.number().int().nonnegative()),
  spansNs: z.array(z.number().nonnegative()),
});
const lastLine = z.object({ done: z.literal(true), cpuUs: z.number() });

/** What a peer's program is to measure. */
export interface PeerRun {
  readonly kind: string;
  readonly contenders: number;
  readonly warmUps: number;
  readonly windows: number;
  readonly windowMs: number;
  /** Longest time in milliseconds that the program may take. Default: a minute more than four times its windows. */
  readonly limitMs?: number;
}

/**
 * Runs a peer's program: one block of its cell. Where the machine kept its contenders away for the
 * whole of a window, it is run again, as our own windows are.
 */
export function runPeer(
  found: Extract<PeerCommand, { command: string }>,
  run: PeerRun,
  signal?: AbortSignal,
): Promise<BlockResult> {
  return untilWorked(() => runOnce(found, run, signal));
}

async function runOnce(
  found: Extract<PeerCommand, { command: string }>,
  { kind, contenders, warmUps, windows, windowMs, limitMs }: PeerRun,
  signal?: AbortSignal,
): Promise<BlockResult> {
  const args = [...found.args, kind, ...[contenders, warmUps, windows, windowMs].map(String)];
  const noiseBefore = readNoise();
  const before = process.hrtime.bigint();
  const stdout = await output(found.command, args, {
    limitMs: limitMs ?? PEER_GRACE_MS + SLOWEST * (warmUps + windows) * windowMs,
    signal,
  });
  const tookUs = Number(process.hrtime.bigint() - before) / 1_000;
  const lines = stdout.trim().split("\n");
  const { cpuUs } = read(lines.pop(), lastLine);
  const noise = noiseBetween(noiseBefore, readNoise(), tookUs, cpuUs, CORES);
  const records = lines.map((line) => {
    const { all, counted, ...window } = read(line, windowLine);
    if (window.operations === 0) throw new EmptyWindowError();
    return {
      ...window,
      allOperations: all,
      nsPerOperation: nsPerOperation(window.shares, window.spansNs),
      lostUpdates: all - counted,
      retries: 0,
      looks: null,
      noise,
    };
  });
  return {
    windows: records,
    meanNs: mean(records.map((record) => record.nsPerOperation)),
    warmUps: [warmUps],
    settled: [null],
    lookNs: [],
    check: null,
    sellOut: null,
    load: null,
    contaminated: isContaminated([noise]),
    clockStepNs: 0,
    clockErrorNs: 0,
  };
}

/** @throws {Error} of one line that shows what was printed */
function read<T>(line = "nothing", shape: z.ZodType<T>): T {
  try {
    return shape.parse(JSON.parse(line));
  } catch {
    throw new Error(`Cannot read what a peer's program printed: ${line.slice(0, 200)}`);
  }
}

/** What became of a promise that a peer's program tried. */
export interface PeerFate {
  /** As the conformance suite names it. */
  readonly case: string;
  readonly passed: boolean;
  readonly why: string;
}

const fateLine: z.ZodType<PeerFate> = z.object({
  case: z.string(),
  passed: z.boolean(),
  why: z.string(),
});

/** Lets a peer's program kill a holder of its lock, and gives what became of it. */
export async function tryFate(
  found: Extract<PeerCommand, { command: string }>,
  argument: string,
  signal?: AbortSignal,
): Promise<PeerFate[]> {
  const options = { limitMs: PEER_GRACE_MS, signal };
  const stdout = await output(found.command, [...found.args, argument], options);
  return stdout
    .trim()
    .split("\n")
    .map((line) => read(line, fateLine));
}

/**
 * What a program prints until it ends. It runs in a process group of its own, and whatever way this
 * ends, nothing of the group is left: Python's contenders are children of its process, and killing
 * that alone would leave them behind.
 */
async function output(
  command: string,
  args: readonly string[],
  { limitMs, signal }: { readonly limitMs: number; readonly signal: AbortSignal | undefined },
): Promise<string> {
  signal?.throwIfAborted();
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_NO_WARNINGS: "1" },
    detached: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const closed = new Promise<void>((done) => {
    child.once("close", done);
    child.once("error", done);
  });
  child.once("error", reject);
  child.once("close", (code, by) => {
    if (code === 0) return resolve(stdout);
    const last = stderr.trim().split("\n").at(-1) ?? "";
    reject(
      new Error(
        `Cannot measure ${command}: it ended with ${by ?? `exit code ${code}`}${last === "" ? "" : `: ${last}`}.`,
      ),
    );
  });
  const limit = setTimeout(
    () =>
      reject(
        new Error(`Cannot measure ${command}: it did not end within ${limitMs} ms. Is it stuck?`),
      ),
    limitMs,
  );
  const onAbort = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const onExit = (): void => killGroup(child.pid);
  process.once("exit", onExit);
  try {
    return await promise;
  } finally {
    clearTimeout(limit);
    signal?.removeEventListener("abort", onAbort);
    process.off("exit", onExit);
    killGroup(child.pid);
    await closed;
  }
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // Nothing of the group is left.
  }
}
