import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { onTestFinished } from "vitest";
import type { MappedMutex } from "../src/index.ts";
import { commandOf, type Runtime, runtimes } from "./runtimes.ts";

/** A limit against a hang, and no expectation. */
export const LIMIT_MS = 30_000;

/**
 * From here on this process, and programs, threads and helpers that it starts, sleep for ten minutes
 * at a time: what is granted then is granted because a wake-up came. To be called before anything is
 * started, in a file in which no thread is ended while it sleeps, since that would take as long.
 */
export async function lookSeldom(): Promise<void> {
  process.env["TICKETLOCK_TEST_LOOKS"] = "seldom";
  await import("./programs/seldom-looks.ts");
}

/** Waits until so many wait for the lock. */
export async function waiting(mutex: MappedMutex, count: number): Promise<void> {
  await until(`${count} wait`, () => mutex.query().waiters === count);
}

/** A directory on a tmpfs for one test. */
export function scratchDirectory(): string {
  const directory = mkdtempSync("/dev/shm/ticketlock-test-");
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function scratchPath(): string {
  return `${scratchDirectory()}/${randomUUID()}`;
}

/** Waits until it holds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`still not so after ${LIMIT_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

export interface Program {
  readonly child: ChildProcess;
  /** Its exit code and the signal that ended it. */
  readonly ended: Promise<unknown[]>;
}

/** Starts a program of this folder; it has said that it is up. */
export async function startProgram(
  name: string,
  args: readonly string[],
  runtime: Runtime = "node",
): Promise<Program> {
  const module = fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
  const child = fork(module, args, commandOf(runtime));
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit");
  const [first] = await Promise.race([once(child, "message"), ended.then(() => [undefined])]);
  if (first === undefined) throw new Error(`the program ${name} has ended in ${runtime}`);
  return { child, ended };
}

interface Reply {
  readonly name: string;
  readonly value?: unknown;
  readonly error?: string;
}

/** What a lock's user in another process or thread does when it is told to. */
export interface Actor {
  /** Tells, and waits for the answer; rejects with the error's code. */
  ask(name: string, argument?: unknown): Promise<unknown>;
  /** Tells. */
  tell(name: string, argument?: unknown): void;
  /** Ends it at once, and waits for its end. */
  kill(): Promise<void>;
  readonly ended: Promise<unknown>;
  readonly id: number;
}

type Listen = (listener: (reply: Reply) => void) => void;

function actor(
  id: number,
  listen: Listen,
  post: (message: unknown) => void,
  end: () => void,
  ended: Promise<unknown>,
): Actor {
  const asked = new Map<string, { resolve(value: unknown): void; reject(error: Error): void }>();
  listen(({ name, value, error }) => {
    const question = asked.get(name);
    asked.delete(name);
    if (error === undefined) question?.resolve(value);
    else question?.reject(new Error(error));
  });
  const tell = (name: string, argument?: unknown): void => post({ name, argument });
  return {
    id,
    ended,
    tell,
    ask: (name, argument) => {
      tell(name, argument);
      return new Promise((resolve, reject) => asked.set(name, { resolve, reject }));
    },
    kill: async () => {
      end();
      await ended;
    },
  };
}

export async function startProcess(path: string, runtime: Runtime = "node"): Promise<Actor> {
  const { child, ended } = await startProgram("actor", [path], runtime);
  return actor(
    child.pid!,
    (listener) => void child.on("message", listener),
    (message) => void child.send(message as object),
    () => void child.kill("SIGKILL"),
    ended,
  );
}

/** Whoever uses a lock beside the test: a process of each runtime, and a thread of this one. */
export interface User {
  readonly name: string;
  readonly start: (path: string) => Promise<Actor>;
  /** A process of another runtime, where there is one. */
  readonly startOther: (path: string) => Promise<Actor>;
}

export const processUsers: readonly User[] = runtimes.map((runtime, i) => ({
  name: `process of ${runtime}`,
  start: (path) => startProcess(path, runtime),
  startOther: (path) => startProcess(path, runtimes[(i + 1) % runtimes.length]),
}));

export const users: readonly User[] = [
  ...processUsers,
  { name: "thread", start: startThread, startOther: startProcess },
];

export async function startThread(path: string): Promise<Actor> {
  const worker = new Worker(new URL("./programs/actor.ts", import.meta.url), { workerData: path });
  onTestFinished(() => void worker.terminate());
  await once(worker, "message");
  return actor(
    worker.threadId,
    (listener) => void worker.on("message", listener),
    (message) => worker.postMessage(message),
    () => void worker.terminate(),
    once(worker, "exit"),
  );
}
