/**
 * Run by Bun: terminates workers that hold a lock, or wait for it, in whatever they do, and counts what
 * came after their exit was told. Argument: how many trials of each.
 */
import { existsSync } from "node:fs";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { createMutex, createTicketStore, type MutexKind } from "@ticketlock/bun-adapter";
import { GATE, STARTED, STEPS, type Terminated, type Way, ways } from "./terminated-words.ts";

const entry = new URL("./terminated-worker.ts", import.meta.url);
const kinds: readonly MutexKind[] = ["futex", "fifo"];
/** How long a thread that ran on would have to show it; in Deno most take less than a millisecond. */
const HARM_MS = 10;

/** A thread that has ended is wound up in milliseconds, on a busy machine too. */
const GONE_LIMIT_MS = 10_000;

async function staysThere(thread: string): Promise<boolean> {
  const endMs = performance.now() + GONE_LIMIT_MS;
  await until(() => !existsSync(thread) || performance.now() > endMs);
  return existsSync(thread);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

interface Trial {
  /** Steps that the worker made after its exit was told. */
  readonly stepsAfterExit: number;
  /** Its thread, which may still be wound up as its exit is told, did not go. */
  readonly livesOn: boolean;
  /** The lock was not had, or its guard did not say abandoned just where a holder had died. */
  readonly isWrong: boolean;
}

async function terminateOne(way: Way, kind: MutexKind): Promise<Trial> {
  const mutex = createMutex({ kind });
  const store = createTicketStore({ capacity: 1_000, maxSales: 0 });
  const gate = new SharedArrayBuffer(64);
  const words = new Int32Array(gate);
  const mine = way === "wait for the lock" ? mutex.acquireSync() : undefined;
  const workerData = { mutex: mutex.handle, store: store.handle, gate, way };
  const worker = new Worker(entry, { workerData });
  mutex.watch(worker); // before its exit is awaited here: then the lock has been told already
  const [thread] = (await once(worker, "message")) as [string];
  await until(() => Atomics.load(words, STARTED) === 1);
  if (mine !== undefined) await until(() => mutex.query().waiters === 1);
  if (!existsSync(thread)) throw new Error(`a living thread is not at ${thread}`);

  const exited = once(worker, "exit");
  void worker.terminate();
  if (way === "sleep, woken meanwhile") Atomics.notify(words, GATE);
  if (way === "hold, while the parent blocks") {
    // The event loop does not turn: what ends the worker, and who sees it, must do without.
    const guard = mutex.acquireSync({ timeoutMs: 10_000 });
    const { abandoned } = guard;
    guard.release();
    await exited;
    mutex.close();
    return { stepsAfterExit: 0, livesOn: await staysThere(thread), isWrong: !abandoned };
  }
  await exited;
  const before = Atomics.load(words, STEPS);
  Atomics.store(words, GATE, 1);
  Atomics.notify(words, GATE);
  mine?.release();
  const guard = mutex.tryAcquireSync() ?? mutex.acquireSync({ timeoutMs: 10_000 });
  const { version } = store.read(guard.token);
  await new Promise((resolve) => setTimeout(resolve, HARM_MS));
  const committed = store.read().version !== version;
  const isWrong = guard.abandoned !== (mine === undefined) || committed;
  guard.release();
  mutex.close();
  store.close();
  const stepsAfterExit = Atomics.load(words, STEPS) - before;
  return { stepsAfterExit, livesOn: await staysThere(thread), isWrong };
}

const trials = Number(process.argv[2]);
const said: Record<string, Terminated> = {};
for (const way of ways) {
  const counts = { trials, ranOn: 0, livesOn: 0, wrong: 0 };
  for (let trial = 0; trial < trials; trial++) {
    const { stepsAfterExit, livesOn, isWrong } = await terminateOne(way, kinds[trial % 2]!);
    if (stepsAfterExit > 0) counts.ranOn++;
    if (livesOn) counts.livesOn++;
    if (isWrong) counts.wrong++;
  }
  said[way] = counts;
}
console.log(JSON.stringify(said));
