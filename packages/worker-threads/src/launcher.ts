import { type Worker as NodeWorker, Worker } from "node:worker_threads";
import type { ContenderExit, Launcher, StartedContender, StartOptions } from "@ticketlock/core";
import { numberOf } from "./node-platform.ts";
import { recoverAll } from "@ticketlock/shared-memory";

// The literal is not rewritten when this is published as JavaScript: the worker's module is what this module is.
const entry = new URL(
  import.meta.url.endsWith(".ts") ? "./contender-entry.ts" : "./contender-entry.js",
  import.meta.url,
);

/** Starts contenders as worker threads of this process. A contender that ends has what it held freed before `exited` settles. */
export const threadLauncher: Launcher = {
  runtime: "node",
  unit: "thread",
  scope: "threads",
  nowNs: () => process.hrtime.bigint(),
  start: async (options) => new ThreadContender(options),
};

class ThreadContender implements StartedContender {
  readonly id: number;
  readonly exited: Promise<ContenderExit>;
  readonly #worker: NodeWorker;

  constructor({ index, onMessage }: StartOptions) {
    // No loader, inspector or option of this process belongs in the contender; its prints must not mix with ours.
    const { NODE_OPTIONS: _, ...env } = process.env;
    const worker = new Worker(entry, {
      name: `contender ${index}`,
      execArgv: [],
      env,
      stdout: true,
    });
    worker.stdout.on("data", (text) => process.stderr.write(text));
    this.#worker = worker;
    this.id = worker.threadId;
    worker.on("message", onMessage);
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
