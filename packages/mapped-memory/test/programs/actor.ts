import type { SyncGuard } from "@ticketlock/core";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { openMappedMutex } from "../../src/index.ts";

/** Does with a lock what it is told to, by messages: as a process, or as a thread. */
const path = isMainThread ? process.argv[2]! : (workerData as string);
const mutex = openMappedMutex(path);
let guard: SyncGuard | undefined;

const reply = (message: unknown): void =>
  void (isMainThread ? process.send!(message) : parentPort!.postMessage(message));

type Act = (argument: never) => unknown;

const acts: Readonly<Record<string, Act>> = {
  acquireSync: (options: { timeoutMs?: number }) => keep(mutex.acquireSync(options)),
  acquire: async (options: { timeoutMs?: number }) => keep(await mutex.acquire(options)),
  release: () => guard!.release(),
  markConsistent: () => guard!.markConsistent(),
  query: () => mutex.query(),
  close: () => mutex.close(),
  /** Ends in the middle of whatever it does. */
  exit: () => process.exit(0),
  /** Waits asynchronously, lets it be known, and ends. */
  exitWhileWaiting: (count: number) => {
    for (let i = 0; i < count; i++) mutex.acquire().catch(() => {});
    setTimeout(() => process.exit(0), 20);
  },
  /** Its event loop stands still, with an acquisition pending. */
  waitAndBlock: (ms: number) => {
    mutex.acquire().then(keep, () => {});
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms), 60);
  },
  /** Ends normally, once its acquisition is granted. */
  takeOnceAndEnd: async () => {
    process.off("message", act);
    process.disconnect?.();
    (await mutex.acquire()).release();
  },
};

function keep(taken: SyncGuard): { token: number; abandoned: boolean } {
  guard = taken;
  return { token: taken.token, abandoned: taken.abandoned };
}

async function act({ name, argument }: { name: string; argument: never }): Promise<void> {
  try {
    const value = await acts[name]!(argument);
    if (name !== "takeOnceAndEnd") reply({ name, value });
  } catch (error) {
    reply({ name, error: (error as { code?: string }).code ?? String(error) });
  }
}

if (isMainThread) process.on("message", act);
else parentPort!.on("message", act);
reply({ name: "up" });
