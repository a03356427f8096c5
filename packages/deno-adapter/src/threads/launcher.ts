import {
  type ContenderExit,
  type Launcher,
  type StartedContender,
  type StartOptions,
} from "@ticketlock/core";
import type { OsThread } from "@ticketlock/child-threads";
import { recoverAll } from "@ticketlock/shared-memory";
import type { DenoWorker, WorkerPermissions } from "../deno-globals.ts";
import { ownNs } from "./clock.ts";
import {
  CLOCK,
  type ClockMessage,
  GOODBYE,
  type GoodbyeMessage,
  isHello,
  isMessage,
  UNLOAD,
  type UnloadMessage,
} from "./messages.ts";
import { requireWorkers, startWorker, tryPermissions } from "./start-worker.ts";
import { vanishing } from "./vanishing.ts";
import { leastPermissions } from "./worker-permissions.ts";

// The literal is not rewritten when this is published as JavaScript: the worker's module is what this module is.
const entry = new URL(
  import.meta.url.endsWith(".ts") ? "./contender-entry.ts" : "./contender-entry.js",
  import.meta.url,
);

export interface ThreadLauncherOptions {
  /**
   * What the contenders' threads may do, in Deno's own words; `least`, the default: what their locks
   * and their store take, and to read what their parent may. All but `inherit` needs Deno's flag
   * --unstable-worker-options: without it Deno ends the whole process, with a line that names the flag,
   * before the session has made anything.
   */
  readonly permissions?: WorkerPermissions | "least";
}

/**
 * Makes a launcher that starts contenders as workers of this process. One that closes leaves nothing.
 * One that is killed, or that throws, may run on all the same: what it holds is lost, unless it is seen
 * to be gone, when it is freed.
 */
export function createThreadLauncher(options: ThreadLauncherOptions = {}): Launcher {
  return {
    runtime: "deno",
    unit: "thread",
    scope: "threads",
    nowNs: ownNs,
    check: () => {
      if (options.permissions === "inherit") requireWorkers();
      else tryPermissions();
    },
    start: async (start) => {
      const contender = new ThreadContender(start, options);
      await contender.introduced;
      return contender;
    },
  };
}

/** Contenders as workers that may do no more than they must. */
export const threadLauncher: Launcher = createThreadLauncher();

class ThreadContender implements StartedContender {
  readonly exited: Promise<ContenderExit>;
  /** Settles once the thread has told its number, or has ended without. */
  readonly introduced: Promise<void>;
  readonly #worker: DenoWorker;
  readonly #onMessage: (message: unknown) => void;
  readonly #resolve: (exit: ContenderExit) => void;
  #meet: () => void = () => {};
  #threadNumber = 0;
  #osThread: OsThread = { osThreadId: 0, osThreadStart: 0 };
  #isOver = false;

  constructor(options: StartOptions, { permissions = "least" }: ThreadLauncherOptions) {
    const { index, onMessage } = options;
    this.#onMessage = onMessage;
    const { promise, resolve } = Promise.withResolvers<ContenderExit>();
    this.exited = promise;
    this.#resolve = resolve;
    const met = new Promise<void>((meet) => (this.#meet = meet));
    this.introduced = Promise.race([met, promise.then(() => undefined)]);
    this.#worker = startWorker(
      entry,
      `contender ${index}`,
      permissions === "least" ? leastPermissions(options) : permissions,
    );
    this.#worker.addEventListener("message", ({ data }) => this.#receive(data));
    this.#worker.addEventListener("messageerror", ({ data }) =>
      onMessage({ type: "unreadable", error: String(data) }),
    );
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault(); // else it would end this process
      this.#end({ detail: `it threw ${event.message}` });
    });
  }

  /** The number that its thread has drawn, as locks tell of it: the runtime has none for a worker. 0 if it ended before it told. */
  get id(): number {
    return this.#threadNumber;
  }

  post(message: unknown): void {
    this.#worker.postMessage(message);
  }

  kill(): void {
    this.#end({ code: "terminated" });
  }

  /** What a workload posts comes here as well: which thread it is, only the first message says, before any workload. */
  #receive(message: unknown): void {
    if (this.#threadNumber === 0) this.#introduce(message);
    else if (isMessage<ClockMessage>(message, CLOCK))
      this.#worker.postMessage({ type: CLOCK, nowNs: String(ownNs()) });
    else if (isMessage<GoodbyeMessage>(message, GOODBYE)) this.#leave();
    else if (isMessage<UnloadMessage>(message, UNLOAD)) this.#end({ detail: "it ended itself" });
    else this.#onMessage(message);
  }

  #introduce(message: unknown): void {
    if (!isHello(message))
      return this.#end({ detail: "its first message does not say which thread it is" });
    this.#threadNumber = message.threadNumber;
    this.#osThread = message;
    this.#meet();
  }

  /** It has closed what it had open, so nothing is lost, whatever it left behind otherwise. */
  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#worker.terminate();
    recoverAll(this.#threadNumber);
    this.#resolve({ code: 0 });
  }

  #end(exit: ContenderExit): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#worker.terminate();
    void vanishing(this.#osThread).then(() => {
      recoverAll(this.#threadNumber);
      this.#resolve(exit);
    });
  }
}
