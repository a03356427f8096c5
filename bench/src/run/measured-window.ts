import os from "node:os";
import process from "node:process";
import type { Launcher, Outcome } from "@ticketlock/core";
import { paceNs } from "../environment/pace.ts";
import { watchNoise } from "../environment/watch-noise.ts";
import { sum } from "../statistics/total.ts";
import type { WindowRecord } from "./block.ts";
import { nsPerOperation } from "./rates.ts";
import type { WindowOutput } from "./window.ts";

const CORES = os.availableParallelism();

/** A window with everything that its contenders reported. */
export interface MeasuredWindow {
  readonly outputs: readonly WindowOutput[];
  readonly record: Omit<WindowRecord, "lostUpdates">;
}

/** Thrown where the machine kept contenders away until the window was over: what it was for did not happen. */
export class EmptyWindowError extends Error {
  /** @param missed - who did not get to do what, as a clause */
  constructor(missed = "no contender got to work in it") {
    super(`Cannot measure a window: ${missed}. Let other programs on this machine end.`);
  }
}

/** How often such a window is tried. */
const MOST_TRIES = 20;

/** Measures again while a window is empty: it says nothing of the lock, fast or slow. */
export async function untilWorked<T>(measure: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await measure();
    } catch (error) {
      if (!(error instanceof EmptyWindowError) || tries === MOST_TRIES) throw error;
    }
  }
}

/**
 * Runs one window: the contenders work, the owner sleeps. What is read from the machine is read
 * before and after, never during.
 */
export async function measureWindow(
  unit: Launcher["unit"],
  run: () => Promise<readonly Outcome<WindowOutput>[]>,
): Promise<MeasuredWindow> {
  const paceBeforeNs = paceNs();
  const endWatch = watchNoise();
  const cpuBefore = process.cpuUsage();
  const before = process.hrtime.bigint();
  const outputs = valuesOf(await run());
  const tookUs = Number(process.hrtime.bigint() - before) / 1_000;
  const own = process.cpuUsage(cpuBefore);
  // Threads are part of this process, so its CPU time holds theirs; processes report their own.
  const contendersUs = unit === "thread" ? 0 : sum(outputs.map((output) => output.cpuUs));
  const noise = endWatch(tookUs, contendersUs, CORES);
  const paceAfterNs = paceNs();
  const working = outputs.filter((output) => output.operations > 0);
  const arrivals = outputs.map((output) => output.startedAfterNs);
  if (working.length === 0) throw new EmptyWindowError();
  const shares = outputs.map((output) => output.operations);
  const spansNs = outputs.map((output) => output.endedAfterNs - output.beganAfterNs);
  const record = {
    operations: sum(shares),
    allOperations: sum(outputs.map((output) => output.allOperations)),
    shares,
    spansNs,
    nsPerOperation: nsPerOperation(shares, spansNs),
    wallNs:
      Math.max(...working.map((output) => output.endedAfterNs)) -
      Math.min(...working.map((output) => output.beganAfterNs)),
    startSkewNs: Math.max(...arrivals) - Math.min(...arrivals),
    cpuUs: own.user + own.system + contendersUs,
    retries: sum(outputs.map((output) => output.retries)),
    looks: outputs.some((output) => output.looks === null)
      ? null
      : sum(outputs.map((output) => output.looks ?? 0)),
    noise: { ...noise, pace: (paceBeforeNs + paceAfterNs) / 2 },
  };
  return { outputs, record };
}

/** The contenders' values. @throws what the first contender that did not finish ended with. */
export function valuesOf<O>(outcomes: readonly Outcome<O>[]): O[] {
  return outcomes.map((outcome) => {
    if (outcome.status === "done") return outcome.value;
    throw outcome.error;
  });
}

/** What the clocks of two of these contenders may differ by: each by as much as its own from the owner's. */
export function clockErrorNs(outputs: readonly Pick<WindowOutput, "clockErrorNs">[]): number {
  const errors = outputs.map((output) => output.clockErrorNs).sort((a, b) => b - a);
  return (errors[0] ?? 0) + (errors[1] ?? 0);
}

/** The smallest step between two looks at a clock. */
export function clockStepNs(nowNs: () => bigint): number {
  let smallest = Infinity;
  for (let i = 0; i < 1_000; i++) {
    const before = nowNs();
    let after = nowNs();
    while (after === before) after = nowNs();
    smallest = Math.min(smallest, Number(after - before));
  }
  return smallest;
}
