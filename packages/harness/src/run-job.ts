import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import {
  childEnvironment,
  LineSplitter,
  runtimeCommand,
  Watchdog,
} from "@ticketlock/child-processes";
import { fromWireError, TicketlockError } from "@ticketlock/core";
import type { AdapterEntry } from "./adapter-entry.ts";
import {
  ABORT_LINE,
  END_GRACE_MS,
  type JobAnswer,
  type JobRequest,
  parseAnswer,
} from "./job-protocol.ts";

export interface JobOptions {
  /** Receives what the job emits, in order. What it throws calls the job off and comes through. */
  readonly onEvent?: (event: unknown) => void;
  /** Aborting calls the job off and rejects with the signal's reason once its process is gone. */
  readonly signal?: AbortSignal | undefined;
  /** Longest time in milliseconds from the start to the result. Default: 10 minutes. */
  readonly limitMs?: number;
  /** Receives each line that the job's process prints. Default: this process's stderr. */
  readonly stderr?: (line: string) => void;
}

const DEFAULT_LIMIT_MS = 600_000;
/** For a job that blocks its main thread, and does not hear that this process is gone. */
const watchdog = new Watchdog(END_GRACE_MS);
/** How many of the last printed lines stand in the message about a process that is gone. */
const LAST_LINES = 10;
/** How long to wait, once a process is gone, for what it had written. */
const DRAIN_MS = 1_000;

/**
 * Runs a job in a fresh process of the first adapter's runtime and gives its result. The process does not
 * outlive this one: it ends when its stdin does, or is killed if it blocks its thread.
 *
 * @param adapters - the adapter, or several, that the job gets loaded; those of other runtimes must be
 * such that this one can load them
 * @param job - module whose default export is a `Job`
 * @param input - JSON
 * @throws {TicketlockError} what the job threw, as code and message; `CONTENDER_CRASHED` with exit
 * code and last lines of output if the process ended without a result; `CONTENDER_TIMEOUT`;
 * `RUNTIME_MISSING`; `PROTOCOL_VIOLATION`. The signal's reason if that aborts.
 */
export async function runJob(
  adapters: AdapterEntry | readonly AdapterEntry[],
  job: URL,
  input: unknown,
  options: JobOptions = {},
): Promise<unknown> {
  options.signal?.throwIfAborted();
  const entries = "name" in adapters ? [adapters] : adapters;
  const child = startHost(entries);
  return new JobRun(child, options).run({
    key: randomUUID(),
    job: job.href,
    adapters: entries.map(({ packageName, moduleUrl }) => ({ packageName, moduleUrl })),
    input,
  });
}

function startHost(entries: readonly AdapterEntry[]): ChildProcess {
  const [first] = entries;
  if (first === undefined)
    throw new TicketlockError("USAGE", "Cannot run a job: no adapter was given.");
  // tsc does not rewrite the extension in a URL, so it comes from this module's own.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const host = fileURLToPath(new URL(`./host.${extension}`, import.meta.url));
  const ofRuntime = entries.filter((entry) => entry.runtime === first.runtime);
  const flags = joinFlags(ofRuntime.map((entry) => entry.flags));
  const { command, args } = runtimeCommand(first.runtime, flags, host, first.directory);
  return spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: childEnvironment(),
    // A group of its own: Ctrl-C reaches only this process, which then calls the job off in order,
    // and a process that must be killed takes those that it has started with it.
    detached: process.platform !== "win32",
  });
}

/** The flags of several adapters together. Deno refuses a single permission beside the flag that gives them all. */
function joinFlags(lists: readonly (readonly string[])[]): string[] {
  const flags = [...new Set(lists.flat())];
  const all = flags.find((flag) => flag === "--allow-all" || flag === "-A");
  if (all === undefined) return flags;
  return [all, ...flags.filter((flag) => flag !== "-A" && !flag.startsWith("--allow-"))];
}

/** One process from its request to its end. */
class JobRun {
  readonly #child: ChildProcess;
  readonly #options: JobOptions;
  readonly #lastLines: string[] = [];
  #answer: JobAnswer | undefined;
  /** Why the job was called off; boxed, since a reason may be anything. */
  #failure: { readonly reason: unknown } | undefined;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess, options: JobOptions) {
    this.#child = child;
    this.#options = options;
  }

  async run(request: JobRequest): Promise<unknown> {
    const { signal, limitMs = DEFAULT_LIMIT_MS } = this.#options;
    const { pid } = this.#child;
    if (pid !== undefined) watchdog.watch(-pid);
    const onAbort = (): void => this.#callOff(signal?.reason);
    const limit = setTimeout(() => this.#callOff(tooLate(request.job, limitMs)), limitMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const exited = this.#exited();
      this.#read(request.key);
      this.#child.stdin!.on("error", () => {}); // a process that is gone says so by its exit
      this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
      const exit = await exited;
      if (this.#failure !== undefined) throw this.#failure.reason;
      return this.#result(request.job, exit);
    } finally {
      clearTimeout(limit);
      clearTimeout(this.#killTimer);
      if (pid !== undefined) watchdog.forget(-pid);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #read(key: string): void {
    const printed = (line: string): void => this.#printed(line);
    const answers = new LineSplitter((line) => {
      const answer = parseAnswer(line, key);
      if (answer === undefined) printed(line);
      else if (this.#failure !== undefined) return;
      else if ("event" in answer) this.#options.onEvent?.(answer.event);
      else this.#answered(answer);
    });
    const prints = new LineSplitter(printed);
    this.#pipe(this.#child.stdout!, answers);
    this.#pipe(this.#child.stderr!, prints);
  }

  #pipe(stream: NodeJS.ReadableStream, lines: LineSplitter): void {
    stream.setEncoding("utf8");
    const guarded = (step: () => void): void => {
      try {
        step();
      } catch (error) {
        this.#callOff(error);
      }
    };
    stream.on("data", (text: string) => guarded(() => lines.push(text)));
    stream.on("end", () => guarded(() => lines.end()));
  }

  #answered(answer: JobAnswer): void {
    this.#answer = answer;
    // It ends by itself now; if it does not, there is nothing left to wait for.
    this.#killAfterGrace();
  }

  #printed(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
    (this.#options.stderr ?? defaultStderr)(line);
  }

  #callOff(reason: unknown): void {
    if (this.#failure !== undefined || this.#answer !== undefined) return;
    this.#failure = { reason };
    this.#child.stdin!.write(`${ABORT_LINE}\n`);
    this.#killAfterGrace();
  }

  #killAfterGrace(): void {
    this.#killTimer ??= setTimeout(() => kill(this.#child), END_GRACE_MS);
  }

  /** Settles once the process is gone and what it wrote has been read. */
  #exited(): Promise<string> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      child.once("error", (error) =>
        reject(
          new TicketlockError(
            "RUNTIME_MISSING",
            `Cannot start ${child.spawnfile}: ${error.message}.`,
          ),
        ),
      );
      child.once("exit", (code, signal) => {
        const how = signal === null ? `code ${code}` : `signal ${signal}`;
        // A process that the job has left behind may hold the pipes open.
        const drained = setTimeout(() => resolve(how), DRAIN_MS);
        child.once("close", () => {
          clearTimeout(drained);
          resolve(how);
        });
      });
    });
  }

  #result(job: string, exit: string): unknown {
    const answer = this.#answer;
    if (answer !== undefined && "result" in answer) return answer.result;
    if (answer !== undefined && "error" in answer) throw fromWireError(answer.error);
    const lines =
      this.#lastLines.length > 0 ? ` Its last lines:\n${this.#lastLines.join("\n")}` : "";
    throw new TicketlockError(
      "CONTENDER_CRASHED",
      `Cannot get the result of ${job}: its process ended with ${exit} before it answered.${lines}`,
    );
  }
}

function defaultStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

function tooLate(job: string, limitMs: number): TicketlockError {
  return new TicketlockError(
    "CONTENDER_TIMEOUT",
    `Cannot get the result of ${job}: it took more than ${limitMs} ms.`,
  );
}

/** Ends a process and those of its group. */
function kill(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL"); // no group of its own here
  }
}
