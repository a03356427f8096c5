import type { Contender } from "@ticketlock/core";
import { cpuTimeMs } from "../kit/cpu-time.ts";
import { take, type Way } from "../kit/taking.ts";

export interface WaitLongInput {
  readonly way: Way;
}

export interface WaitLongResult {
  readonly waitMs: number;
  /** As cpuTimeMs counts it. */
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
