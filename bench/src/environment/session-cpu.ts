import { readdirSync } from "node:fs";
import process from "node:process";
import { procText, TICK_US } from "./proc.ts";

/** What one process had used by then. */
interface ProcessTimes {
  /** Nanoseconds of each of its threads, by id. */
  readonly threads: ReadonlyMap<string, number>;
  /** Of all that it has ever had, in microseconds; counted in ticks. */
  readonly totalUs: number;
}

/** CPU time of a session's processes and of the kernel's threads, as the kernel counts it. */
export interface SessionCpu {
  /** By process id: this one's descendants, which are its contenders and what serves them. */
  readonly processes: ReadonlyMap<string, ProcessTimes>;
  /** Of all children of this process that have ended, in microseconds; counted in ticks. */
  readonly endedUs: number;
  /** Nanoseconds of each thread of the kernel, by id. */
  readonly kernel: ReadonlyMap<string, number>;
}

/** Parent of all threads of the kernel. A process in a namespace of its own does not see it. */
const KERNEL = "2";
const KERNEL_NAME = "kthreadd";

/**
 * Reads what all processes below this one, and the kernel's threads, have used so far: from outside, so that
 * what a contender does before and after its own readings is counted as well. It takes about a millisecond, so
 * it is to be called while nobody works.
 *
 * Source: /proc/<pid>/task/<tid>/schedstat, in nanoseconds and of living threads alone (proc(5)).
 *
 * @returns undefined where the machine does not tell
 */
export function readSessionCpu(): SessionCpu | undefined {
  const own = String(process.pid);
  const ended = times(own);
  if (ended === undefined) return undefined;
  const processes = new Map<string, ProcessTimes>();
  const left = childrenOf(own);
  for (let pid = left.pop(); pid !== undefined; pid = left.pop()) {
    const all = times(pid);
    if (all === undefined) continue; // has just ended
    const threads = new Map(threadsOf(pid).map((id) => [id, threadNs(pid, id)]));
    processes.set(pid, { threads, totalUs: all.ownUs });
    left.push(...childrenOf(pid));
  }
  return { processes, endedUs: ended.childrenUs, kernel: kernelTimes() };
}

/**
 * CPU time between two readings, in microseconds, of which nothing is others': that of the processes, of those
 * that have ended meanwhile, and of the kernel's threads. Theirs is mostly work that the session has made, as
 * the writing of its files; the kernel does not tell for whom they work.
 */
export function sessionCpuUs(before: SessionCpu, after: SessionCpu): number {
  let usedNs = since(before.kernel, after.kernel);
  let endedUs = after.endedUs - before.endedUs;
  for (const [pid, { threads }] of after.processes)
    usedNs += since(before.processes.get(pid)?.threads ?? new Map(), threads);
  for (const [pid, { totalUs }] of before.processes)
    if (!after.processes.has(pid)) endedUs -= totalUs; // the end tells a whole life
  return usedNs / 1_000 + Math.max(0, endedUs);
}

/** What these threads have used since then; one that has ended is told of no more. */
function since(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  let usedNs = 0;
  for (const [id, ns] of after) usedNs += ns - (before.get(id) ?? 0);
  return usedNs;
}

function kernelTimes(): Map<string, number> {
  if (procText(`/proc/${KERNEL}/comm`).trim() !== KERNEL_NAME) return new Map();
  return new Map(childrenOf(KERNEL).map((id) => [id, threadNs(id, id)]));
}

/** A child belongs to the thread that has started it. */
function childrenOf(pid: string): string[] {
  return threadsOf(pid).flatMap((id) =>
    procText(`/proc/${pid}/task/${id}/children`)
      .split(" ")
      .filter((child) => child !== ""),
  );
}

function threadsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function threadNs(pid: string, id: string): number {
  return Number(procText(`/proc/${pid}/task/${id}/schedstat`).split(" ")[0]);
}

/** Fields 14 to 17 of a process's line; its name, in parentheses, may hold anything. */
function times(pid: string): { ownUs: number; childrenUs: number } | undefined {
  const line = procText(`/proc/${pid}/stat`);
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  if (line === "" || fields.length < 15) return undefined;
  const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number);
  return {
    ownUs: (user! + system!) * TICK_US,
    childrenUs: (childrenUser! + childrenSystem!) * TICK_US,
  };
}
