import { threadId, type Worker } from "node:worker_threads";
import type { ThreadPlatform } from "@ticketlock/shared-memory";
import { osThread, osThreadState } from "./os-thread.ts";

/** Those who want to know of a worker's end; one listener on the worker serves them all. */
const watchers = new WeakMap<Worker, Set<(threadId: number) => void>>();

/** Runtimes count threads from 0, the main thread; a lock word needs numbers from 1. */
export function numberOf(runtimeThreadId: number): number {
  return runtimeThreadId + 1;
}

/**
 * What node:worker_threads and Linux tell about threads, in Node and in Bun: a worker's `exit` is its
 * thread's death, and no threadId is used twice in a process. On Linux a thread's end shows in /proc,
 * also to a parent that is itself blocked; elsewhere, or where the permission model hides /proc, only
 * the worker's 'exit' event tells.
 */
export class WorkerPlatform implements ThreadPlatform {
  /** Name of the adapter's package. */
  readonly module: string;
  readonly exitIsDeath = true;
  readonly threadId: number = numberOf(threadId);
  readonly osThreadId: number;
  readonly osThreadStart: number;

  constructor(module: string) {
    this.module = module;
    ({ osThreadId: this.osThreadId, osThreadStart: this.osThreadStart } = osThread());
  }

  runtimeId(number: number): number {
    return number - 1;
  }

  threadState(osThreadId: number, osThreadStart: number): "alive" | "gone" | "unknown" {
    return osThreadState({ osThreadId, osThreadStart });
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

function isWorker(value: unknown): value is Worker {
  return (
    typeof value === "object" &&
    value !== null &&
    "threadId" in value &&
    "once" in value &&
    typeof value.threadId === "number"
  );
}
