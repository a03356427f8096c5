import { execFile } from "node:child_process";
import os from "node:os";
import process from "node:process";
import { promisify } from "node:util";
import { z } from "zod";
import { isContaminated, noiseBetween, readNoise } from "../environment/noise.ts";
import type { BlockResult } from "../run/block.ts";
import { nsPerOperation } from "../run/rates.ts";
import { mean } from "../statistics/interval.ts";
import type { PeerCommand } from "./peer-programs.ts";

const run = promisify(execFile);
const CORES = os.availableParallelism();
/** A peer's program prints some hundred bytes per window. */
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

const windowLine = z.object({
  operations: z.number().int().positive(),
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

export interface PeerRun {
  readonly kind: string;
  readonly contenders: number;
  readonly warmUps: number;
  readonly windows: number;
  readonly windowMs: number;
}

/** Runs a peer's program once: one block of its cell. */
export async function runPeer(
  found: Extract<PeerCommand, { command: string }>,
  { kind, contenders, warmUps, windows, windowMs }: PeerRun,
  signal?: AbortSignal,
): Promise<BlockResult> {
  const args = [
    ...found.args,
    ...(kind === "" ? [] : [kind]),
    ...[contenders, warmUps, windows, windowMs].map(String),
  ];
  const noiseBefore = readNoise();
  const ownBefore = process.cpuUsage();
  const before = process.hrtime.bigint();
  const { stdout } = await run(found.command, args, {
    maxBuffer: MOST_OUTPUT_BYTES,
    killSignal: "SIGKILL",
    env: { ...process.env, NODE_NO_WARNINGS: "1" },
    ...(signal === undefined ? {} : { signal }),
  });
  const tookUs = Number(process.hrtime.bigint() - before) / 1_000;
  const own = process.cpuUsage(ownBefore);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  const { cpuUs } = lastLine.parse(lines.pop());
  const noise = noiseBetween(
    noiseBefore,
    readNoise(),
    tookUs,
    cpuUs + own.user + own.system,
    CORES,
  );
  const records = lines.map((line) => {
    const { all, counted, ...window } = windowLine.parse(line);
    return {
      ...window,
      nsPerOperation: nsPerOperation(window.shares, window.spansNs),
      lostUpdates: all - counted,
      retries: 0,
      noise,
    };
  });
  return {
    windows: records,
    meanNs: mean(records.map((record) => record.nsPerOperation)),
    warmUps: [warmUps],
    check: null,
    sellOut: null,
    contaminated: isContaminated([noise]),
    clockStepNs: 0,
  };
}
