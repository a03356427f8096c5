import cluster, { type ClusterSettings, type Worker } from "node:cluster";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import { contenderWatchdog } from "@ticketlock/child-processes";
import {
  type ContenderExit,
  type Launcher,
  type PausableContender,
  type StartOptions,
  TicketlockError,
} from "@ticketlock/core";
import { type ClusterBroker, clusterBroker } from "./cluster-broker.ts";
import { isWrapped, wrap } from "./envelope.ts";
import { Outbox } from "./outbox.ts";

/** tsc leaves the URL as it is, so the extension is that of this very file: .ts in the repository, .js as published. */
const isSource = import.meta.url.endsWith(".ts");
const entry = fileURLToPath(
  new URL(isSource ? "./contender.ts" : "./contender.js", import.meta.url),
);

/**
 * In the repository every contender would strip the types of a hundred modules, a third of a second
 * of processor time each: they share what the first has compiled. Private, like all of node_modules.
 */
const compileCache: Record<string, string> =
  isSource && process.env["NODE_COMPILE_CACHE"] === undefined
    ? {
        NODE_COMPILE_CACHE: fileURLToPath(
          new URL("../node_modules/.cache/compiled", import.meta.url),
        ),
      }
    : {};

/**
 * Starts contenders as processes of node:cluster. Their output goes to the owner's stderr, so that
 * stdout stays the owner's own.
 */
export const clusterLauncher: Launcher = {
  runtime: "node",
  unit: "process",
  scope: "processes",
  start: startContender,
  nowNs: () => process.hrtime.bigint(), // the machine's monotonic clock: one for all processes
};

async function startContender(options: StartOptions): Promise<PausableContender> {
  // They have modules of that name as well, which would start more of their own kind.
  if ("Deno" in globalThis || "Bun" in globalThis) {
    throw new TicketlockError(
      "RUNTIME_MISSING",
      "Cannot start processes of node:cluster: this is another runtime, and only Node can. Run the program with Node; where adapters play together, name this one first.",
    );
  }
  if (!cluster.isPrimary || !isMainThread) {
    throw new TicketlockError(
      "ADAPTER_INVALID",
      "Cannot start contenders here: only the main thread of a cluster primary can. Open the session there.",
    );
  }
  const broker = clusterBroker();
  const worker = forkContender();
  const failed = new Promise<Error>((resolve) => worker.once("error", resolve));
  if (worker.process.pid !== undefined) {
    contenderWatchdog.watch(worker.process.pid);
    return new ClusterContender(worker, broker, options.onMessage);
  }
  const { message } = await failed;
  throw new TicketlockError(
    "CONTENDER_CRASHED",
    `Cannot start contender ${options.index}: ${message}. Start fewer, or allow more processes.`,
  );
}

/** Forks with settings of our own and puts the program's back: it may have a cluster besides. */
function forkContender(): Worker {
  const shared = cluster as { settings: ClusterSettings };
  const before = shared.settings;
  shared.settings = {};
  try {
    cluster.setupPrimary({
      exec: entry,
      args: [],
      // FFI and SQLite each say that they are experimental, once in every contender.
      execArgv: ["--disable-warning=ExperimentalWarning"],
      serialization: "advanced",
      stdio: ["ignore", 2, 2, "ipc"],
    });
    // NODE_OPTIONS may name a loader that the owner runs under, a test runner's for one.
    return cluster.fork({ NODE_OPTIONS: "", ...compileCache });
  } finally {
    shared.settings = before;
  }
}

/** Ends with this process, also while it blocks its thread and so does not see that its channel has closed. */
class ClusterContender implements PausableContender {
  readonly id: number;
  readonly exited: Promise<ContenderExit>;
  readonly #worker: Worker;
  readonly #outbox: Outbox;
  #overflowed = false;

  constructor(worker: Worker, broker: ClusterBroker, onMessage: (message: unknown) => void) {
    this.id = worker.process.pid!;
    this.#worker = worker;
    this.#outbox = new Outbox(
      (message, sent) => worker.send(message, sent),
      () => {
        this.#overflowed = true;
        this.kill();
      },
    );
    worker.on("error", () => undefined); // its end is all that matters, and is told by `exited`
    worker.on("message", (message: unknown) => {
      if (isWrapped(message, "contender")) onMessage(message.body);
    });
    const exit = new Promise<ContenderExit>((resolve) => {
      worker.once("exit", (code, signal) => {
        contenderWatchdog.forget(this.id);
        resolve(this.#describe(code, signal));
      });
    });
    this.exited = broker.whenGone(worker).then(() => exit);
  }

  /** A contender that does not read what it is sent is killed before the queue fills memory. */
  post(message: unknown): void {
    if (this.#worker.isConnected()) this.#outbox.post(wrap("contender", message));
  }

  kill(): void {
    this.#worker.process.kill("SIGKILL");
  }

  pause(): void {
    this.#worker.process.kill("SIGSTOP");
  }

  resume(): void {
    this.#worker.process.kill("SIGCONT");
  }

  #describe(code: number, signal: string | null): ContenderExit {
    if (this.#overflowed)
      return { code: signal ?? code, detail: "it was killed because it did not read its messages" };
    if (signal) return { code: signal, detail: `its process was ended by ${signal}` };
    return { code, detail: `its process ended with code ${code}` };
  }
}
