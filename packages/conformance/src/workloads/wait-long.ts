import process from "node:process";
import type { Contender } from "@ticketlock/core";
import { take, type Way } from "../kit/taking.ts";

export interface WaitLongInput {
  readonly way: Way;
}

export interface WaitLongResult {
  readonly waitMs: number;
  /** Processor time of its thread, or of its whole process where the runtime cannot tell them apart. */
  readonly cpuMs: number;
}

/** Waits for the lock once, and tells what the wait cost. */
export default async function waitLong(
  contender: Contender,
  { way }: WaitLongInput,
): Promise<WaitLongResult> {
  const [startMs, startCpuMs] = [performance.now(), cpuTimeMs()];
  const guard = await take(contender.lock(), way, 0);
  const used = { waitMs: performance.now() - startMs, cpuMs: cpuTimeMs() - startCpuMs };
  await guard.release();
  return used;
}

function cpuTimeMs(): number {
  // Not in the types of every Node that is supported, nor in every runtime.
  const { threadCpuUsage } = process as { threadCpuUsage?: typeof process.cpuUsage };
  const { user, system } = (threadCpuUsage ?? process.cpuUsage).call(process);
  return (user + system) / 1_000;
}
