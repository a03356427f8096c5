import { type Worker as WorkerOfNode, Worker } from "node:worker_threads";
import type { ContenderExit, Launcher, StartedContender, StartOptions } from "@ticketlock/core";
import { recoverAll } from "@ticketlock/shared-memory";
import { clockMessage, isClockMessage } from "./clock-message.ts";
import { numberOf } from "./worker-platform.ts";

// The literal is not rewritten when this is published as JavaScript: the worker's module is what this module is.
const entry = new URL(
  import.meta.url.endsWith(".ts") ? "./contender-entry.ts" : "./contender-entry.js",
  import.meta.url,
);

export interface ThreadLauncherOptions {
  readonly runtime: "node" | "bun";
  /** Awaited before a session makes anything, and before each start; what it throws is why none can be started. Default: nothing. */
  readonly check?: () => Promise<void>;
}

const ownNs = (): bigint => process.hrtime.bigint();

/** Makes a launcher of worker threads of this process. A contender that ends has what it held freed before `exited` settles. */
export function threadLauncher({ runtime, check }: ThreadLauncherOptions): Launcher {
  // In Bun each thread has a clock of its own.
  const sharesClock = runtime === "node";
  return {
    runtime,
    unit: "thread",
    scope: "threads",
    nowNs: ownNs,
    ...(check === undefined ? {} : { check }),
    async start(options) {
      await check?.();
      return new ThreadContender(options, sharesClock);
    },
  };
}

class ThreadContender implements StartedContender {
  readonly id: number;
  readonly exited: Promise<ContenderExit>;
  readonly #worker: WorkerOfNode;

  constructor({ index, onMessage }: StartOptions, sharesClock: boolean) {
    // No loader, inspector or option of this process belongs in the contender; its prints must not mix with ours.
    const { NODE_OPTIONS: _, ...env } = process.env;
    const worker = new Worker(entry, {
      name: `contender ${index}`,
      workerData: { sharesClock },
      execArgv: [],
      env,
      stdout: true,
    });
    worker.stdout.on("data", (text) => process.stderr.write(text));
    this.#worker = worker;
    this.id = worker.threadId;
    worker.on("message", (message: unknown) => {
      if (isClockMessage(message)) worker.postMessage(clockMessage(ownNs()));
      else onMessage(message);
    });
    worker.on("messageerror", (error) => onMessage({ type: "unreadable", error: String(error) }));
    this.exited = new Promise((resolve) => {
      let detail: string | undefined;
      worker.once("error", (error) => (detail = `it threw ${String(error)}`));
      worker.once("exit", (code) => {
        recoverAll(numberOf(this.id));
        resolve({ code, ...(detail === undefined ? {} : { detail }) });
      });
    });
  }

  post(message: unknown): void {
    this.#worker.postMessage(message);
  }

  kill(): void {
    void this.#worker.terminate();
  }
}
