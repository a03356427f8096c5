import { readFileSync, readlinkSync } from "node:fs";
import { threadId, type Worker } from "node:worker_threads";
import type { ThreadPlatform } from "@ticketlock/shared-memory";

/** Name of this package, by which its handles are told from others'. */
export const MODULE = "@ticketlock/worker-threads";

/** Those who want to know of a worker's end; one listener on the worker serves them all. */
const watchers = new WeakMap<Worker, Set<(threadId: number) => void>>();

/** Node counts threads from 0, the main thread; a lock word needs numbers from 1. */
export function numberOf(nodeThreadId: number): number {
  return nodeThreadId + 1;
}

/**
 * What Node and Linux tell about threads. Node never uses a threadId twice in a process. On Linux a
 * thread's end shows in /proc, also to a parent that is itself blocked; elsewhere, or where
 * the permission model hides /proc, only the worker's 'exit' event tells.
 */
export class NodePlatform implements ThreadPlatform {
  readonly module: string = MODULE;
  readonly exitIsDeath = true;
  readonly threadId: number = numberOf(threadId);
  readonly osThreadId: number;
  readonly osThreadStart: number;

  constructor() {
    // "<pid>/task/<tid>"
    const link = attempt(() => readlinkSync("/proc/thread-self"));
    const start = attempt(() => startTime(readFileSync("/proc/thread-self/stat", "latin1")));
    const known = typeof link === "string" && typeof start === "number";
    this.osThreadId = known ? Number(link.slice(link.lastIndexOf("/") + 1)) : 0;
    this.osThreadStart = known ? start : 0;
  }

  runtimeId(number: number): number {
    return number - 1;
  }

  threadState(osThreadId: number, osThreadStart: number): "alive" | "gone" | "unknown" {
    const start = attempt(() =>
      startTime(readFileSync(`/proc/self/task/${osThreadId}/stat`, "latin1")),
    );
    if (typeof start === "number") return start === osThreadStart ? "alive" : "gone";
    return start.code === "ENOENT" || start.code === "ESRCH" ? "gone" : "unknown";
  }

  onEnd(worker: unknown, listener: (threadId: number) => void): void {
    if (!isWorker(worker))
      throw new TypeError("Cannot watch this: it is not a Worker of node:worker_threads.");
    const { threadId: id } = worker; // -1 once it has ended
    if (id < 0)
      throw new TypeError("Cannot watch this worker: it has ended. Watch it when it is started.");
    const known = watchers.get(worker);
    if (known !== undefined) return void known.add(listener);
    const listeners = new Set([listener]);
    watchers.set(worker, listeners);
    worker.once("exit", () => listeners.forEach((told) => told(numberOf(id))));
  }
}

/** Field 22 of /proc/<pid>/stat, in clock ticks since boot, folded to 31 bits. Field 2, the name, may contain anything but ends with the last parenthesis. */
function startTime(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[19]) % 2 ** 31;
}

function attempt<T>(look: () => T): T | { readonly code: string } {
  try {
    return look();
  } catch (error) {
    return { code: String((error as { code?: unknown }).code) };
  }
}

function isWorker(value: unknown): value is Worker {
  return (
    typeof value === "object" &&
    value !== null &&
    "threadId" in value &&
    "once" in value &&
    typeof value.threadId === "number"
  );
}
