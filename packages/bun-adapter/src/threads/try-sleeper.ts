import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type OsThread, osThreadState } from "@ticketlock/child-threads";

/** The literal is not rewritten when this is published as JavaScript: the worker's module is what this module is. */
const entry = new URL(
  import.meta.url.endsWith(".ts") ? "./sleeper.ts" : "./sleeper.js",
  import.meta.url,
);

/** What takes some tens of milliseconds must not take longer, also on a busy machine. */
const LIMIT_MS = 30_000;

/** How the trial starts its thread, and how long it waits for the start and for each later step; for tests. */
export interface Trial {
  readonly start?: (entry: URL, words: Int32Array) => Worker;
  readonly startLimitMs?: number;
  readonly limitMs?: number;
}

/**
 * Tries with one thread what the locks need of the runtime: a wake-up that reaches who waits without
 * blocking; a thread that ends when it is terminated, though it sleeps; and that runs no more once its
 * `exit` was told. Gives the fault, to stand behind a colon; `undefined` if all is well. Never hangs.
 */
export async function trySleeper({
  start = startWorker,
  startLimitMs = LIMIT_MS,
  limitMs = LIMIT_MS,
}: Trial = {}): Promise<string | undefined> {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const worker = start(entry, words);
  try {
    return await findFault(worker, words, startLimitMs, limitMs);
  } catch (error) {
    return `a thread cannot be started (${String(error)})`;
  } finally {
    worker.unref(); // one that does not end must not keep the process
  }
}

async function findFault(
  worker: Worker,
  words: Int32Array,
  startLimitMs: number,
  limitMs: number,
): Promise<string | undefined> {
  worker.on("error", () => {}); // told by whoever waits for its message
  const exited = new Promise((resolve) => worker.once("exit", () => resolve("exited")));
  const { value: woken } = Atomics.waitAsync(words, 0, 0, startLimitMs + limitMs);
  const [thread] = await within(once(worker, "message") as Promise<[OsThread]>, startLimitMs, []);
  if (thread === undefined) return `a thread did not say a word within ${startLimitMs} ms`;
  if ((await within(Promise.resolve(woken), limitMs, undefined)) === undefined)
    return "a wake-up did not reach the thread that waited for it without blocking";
  void worker.terminate();
  if ((await within(exited, limitMs, undefined)) === undefined)
    return `a thread that was terminated while it slept did not end within ${limitMs} ms`;
  const endMs = performance.now() + limitMs;
  while (osThreadState(thread) === "alive") {
    if (performance.now() > endMs) return "a thread lived on after its exit was told";
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return undefined;
}

function startWorker(url: URL, words: Int32Array): Worker {
  return new Worker(url, { workerData: words });
}

async function within<T, E>(promise: Promise<T>, limitMs: number, otherwise: E): Promise<T | E> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<E>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), limitMs);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
