import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { openMappedMutex } from "../../src/index.ts";

/**
 * A worker holds a lock, works on without end, and is terminated; its parent takes the lock as soon as
 * it gets it, and says whether the worker still worked then. A runtime may let the worker go on after
 * its exit: then it is told to come to an end.
 */
const WORK = 0;
const END = 1;

async function parent(path: string): Promise<void> {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const mutex = openMappedMutex(path);
  const worker = new Worker(new URL(import.meta.url), { workerData: { path, shared } });
  await once(worker, "message");
  while (Atomics.load(shared, WORK) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await worker.terminate();
  const atOnce = mutex.tryAcquireSync();
  Atomics.store(shared, END, 1);
  const guard = atOnce ?? (await mutex.acquire());
  const done = Atomics.load(shared, WORK);
  const endMs = performance.now() + 50;
  while (performance.now() < endMs);
  const workedAfterGrant = Atomics.load(shared, WORK) - done;
  const { abandoned } = guard;
  guard.release();
  mutex.close();
  process.send!({ abandoned, workedAfterGrant }, () => process.disconnect!());
}

function hold(path: string, shared: Int32Array): void {
  openMappedMutex(path).acquireSync();
  parentPort!.postMessage("held");
  setTimeout(() => {
    while (Atomics.load(shared, END) === 0) Atomics.add(shared, WORK, 1);
  }, 1);
}

if (isMainThread) await parent(process.argv[2]!);
else {
  const { path, shared } = workerData as { readonly path: string; readonly shared: Int32Array };
  hold(path, shared);
}
