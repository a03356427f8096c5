import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  type ContenderExit,
  type PausableContender,
  type StartOptions,
  TicketlockError,
} from "@ticketlock/core";
import { childEnvironment } from "./child-environment.ts";
import { formatOwnerLine, type OwnerFrame, parseContenderFrame } from "./frames.ts";
import { LineSplitter } from "./line-splitter.ts";
import { Outbox } from "./outbox.ts";
import { contenderWatchdog } from "./watchdog.ts";

/** How long to wait, once a process is gone, for what it had written: one that it has left behind may hold the pipe open. */
const DRAIN_MS = 1_000;

/** The process to start, and what it has in common with this one. */
export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** True if `process.hrtime` of both is one clock. */
  readonly sharesClock: boolean;
}

/**
 * A contender that is a process of its own, whatever runs it: lines of JSON go to its stdin and come
 * from its stdout. What it prints goes to this process's stderr.
 *
 * **Crash behaviour**: the process ends with this one. One whose messages are malformed, or that does
 * not read its own, is killed.
 */
export class ChildContender implements PausableContender {
  readonly id: number;
  readonly exited: Promise<ContenderExit>;
  readonly #child: ChildProcess;
  readonly #key: string = randomUUID();
  readonly #outbox: Outbox;
  #isGone = false;
  /** Why it was killed, if it was its own fault. */
  #reason: TicketlockError | undefined;

  private constructor(child: ChildProcess, onMessage: (message: unknown) => void) {
    this.id = child.pid!;
    this.#child = child;
    this.#outbox = new Outbox(
      (line, written) => child.stdin!.write(line, () => written()),
      () => this.#end(unread(this.id)),
    );
    this.exited = this.#untilGone();
    this.#read(onMessage);
  }

  /**
   * @throws {TicketlockError} `RUNTIME_MISSING` if there is no such program, `PERMISSION_DENIED` if
   * this process may not start it and what keeps it from outliving this process, `CONTENDER_CRASHED`
   * if it cannot be started otherwise.
   */
  static async start(
    { command, args, sharesClock }: ChildCommand,
    { index, onMessage }: StartOptions,
  ): Promise<ChildContender> {
    const child = spawn(command, args, {
      stdio: ["pipe", "pipe", "inherit"],
      env: childEnvironment(),
    });
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => child.on("error", resolve));
    if (child.pid === undefined) throw notStarted(index, command, await failed);
    try {
      contenderWatchdog.watch(child.pid);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
    const contender = new ChildContender(child, onMessage);
    contender.#send(formatOwnerLine({ key: contender.#key, sharesClock }));
    return contender;
  }

  /** A contender that does not read what it is sent is killed before the queue fills memory. */
  post(message: unknown): void {
    this.#tell({ message });
  }

  /** Deno permits a process to end its children always, but only in a way that leaves unread what they have said. */
  kill(): void {
    try {
      this.#signal("SIGKILL");
    } catch {
      this.#child.kill("SIGKILL");
    }
  }

  pause(): void {
    this.#signal("SIGSTOP");
  }

  resume(): void {
    this.#signal("SIGCONT");
  }

  /** Not by the child's own `kill`, after which Deno takes the process for dead, whatever the signal. */
  #signal(signal: NodeJS.Signals): void {
    if (this.#isGone) return; // its id may be another's
    try {
      process.kill(this.id, signal);
    } catch (error) {
      // It ended this instant, and that has not been told yet.
      if ((error as NodeJS.ErrnoException).code === "ESRCH") return;
      throw notSignalled(this.id, signal, error as Error);
    }
  }

  #end(reason: TicketlockError): void {
    this.#reason ??= reason;
    this.kill();
  }

  #tell(frame: OwnerFrame): void {
    if (!this.#isGone && this.#reason === undefined) this.#send(formatOwnerLine(frame));
  }

  #send(line: string): void {
    this.#outbox.post(line);
  }

  #read(onMessage: (message: unknown) => void): void {
    const lines = new LineSplitter((line) => this.#receive(line, onMessage));
    const stdout = this.#child.stdout!;
    stdout.setEncoding("utf8");
    stdout.on("data", (text: string) => {
      if (this.#reason !== undefined) return;
      try {
        lines.push(text);
      } catch (error) {
        if (!(error instanceof TicketlockError)) throw error;
        this.#end(error);
      }
    });
    this.#child.stdin!.on("error", () => {}); // one that is gone says so by its exit
    stdout.on("error", () => {});
  }

  #receive(line: string, onMessage: (message: unknown) => void): void {
    if (this.#reason !== undefined) return;
    const frame = parseContenderFrame(line, this.#key);
    if (frame === undefined) process.stderr.write(`${line}\n`);
    else if ("message" in frame) onMessage(frame.message);
    else if (frame.ask === "time") this.#tell({ time: String(process.hrtime.bigint()) });
    else this.#child.stdin!.end();
  }

  /** Settles once the process is gone and what it wrote has been read. */
  #untilGone(): Promise<ContenderExit> {
    const child = this.#child;
    return new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        this.#isGone = true;
        contenderWatchdog.forget(this.id);
        const end = (): void => resolve(this.#describe(code, signal));
        const drained = setTimeout(end, DRAIN_MS);
        child.once("close", () => {
          clearTimeout(drained);
          end();
        });
      });
    });
  }

  #describe(code: number | null, signal: NodeJS.Signals | null): ContenderExit {
    const reason = this.#reason === undefined ? {} : { reason: this.#reason };
    if (signal !== null)
      return { code: signal, detail: `its process was ended by ${signal}`, ...reason };
    return { code: code ?? "unknown", detail: `its process ended with code ${code}`, ...reason };
  }
}

function unread(id: number): TicketlockError {
  return new TicketlockError(
    "QUEUE_FULL",
    `Cannot send more to process ${id}: it does not read its messages, and was killed before they filled memory.`,
  );
}

function notSignalled(id: number, signal: string, cause: Error): TicketlockError {
  return new TicketlockError(
    "PERMISSION_DENIED",
    `Cannot send ${signal} to process ${id}: ${cause.message}. To pause contenders Deno needs --allow-run, not limited to programs.`,
    { cause },
  );
}

function notStarted(
  index: number,
  command: string,
  { code, name, message }: NodeJS.ErrnoException,
): TicketlockError {
  if (name === "NotCapable")
    return new TicketlockError(
      "PERMISSION_DENIED",
      `Cannot start contender ${index}: ${message}. Deno must be permitted to start ${command} and /bin/sh: pass --allow-run, or add them to the programs that it is limited to.`,
    );
  if (code === "ENOENT")
    return new TicketlockError(
      "RUNTIME_MISSING",
      `Cannot start contender ${index}: there is no program ${command}. Install it, or name another.`,
    );
  return new TicketlockError(
    "CONTENDER_CRASHED",
    `Cannot start contender ${index}: ${message}. Start fewer, or allow more processes.`,
  );
}
