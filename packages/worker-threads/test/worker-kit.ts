import { Worker } from "node:worker_threads";
import type { LockState } from "@ticketlock/core";
import { onTestFinished } from "vitest";
import type { ThreadMutex } from "../src/index.ts";
import type { Act } from "./act.ts";

const acts = new URL("./threads/acts.ts", import.meta.url);

/** A worker that a user would have started himself, and what it says. */
export class TestWorker {
  readonly worker: Worker;
  /** Settles with the exit code; what the worker throws is part of the test. */
  readonly exited: Promise<number>;
  readonly #said: unknown[] = [];
  #listener: (() => void) | undefined;

  constructor(act: Act) {
    this.worker = new Worker(acts, { workerData: act });
    this.exited = new Promise((resolve) => this.worker.once("exit", resolve));
    this.worker.on("error", () => {});
    this.worker.on("message", (message) => {
      this.#said.push(message);
      this.#listener?.();
    });
    void this.exited.then(() => this.#listener?.());
    onTestFinished(async () => void (await this.worker.terminate()));
  }

  /** The next message. Rejects if the worker ends without one. */
  async said(): Promise<unknown> {
    let over = false;
    void this.exited.then(() => (over = true));
    while (this.#said.length === 0) {
      if (over) throw new Error("The worker has ended and said nothing more.");
      await new Promise<void>((resolve) => (this.#listener = resolve));
    }
    return this.#said.shift();
  }
}

/** Settles as soon as the mutex looks as it should. The test's own limit ends a wait in vain. */
export async function untilState(
  mutex: ThreadMutex,
  looks: (state: LockState) => boolean,
): Promise<void> {
  while (!looks(mutex.query())) await new Promise((resolve) => setImmediate(resolve));
}
