import { Worker } from "node:worker_threads";
import { createMutex, type MutexKind } from "../../src/index.ts";
import type { Act } from "../act.ts";

// A program of its own, to see how it ends: <kind> <scene>.
const [kind, scene] = process.argv.slice(2) as [MutexKind, string];
const mutex = createMutex({ kind });
const acts = new URL("../threads/acts.ts", import.meta.url);

function start(act: Act): Worker {
  return new Worker(acts, { workerData: act });
}

async function untilWaiters(count: number): Promise<void> {
  while (mutex.query().waiters !== count) await new Promise((resolve) => setImmediate(resolve));
}

/** This thread holds; two workers and this thread wait. */
async function holdWhileOthersWait(): Promise<readonly Worker[]> {
  mutex.acquireSync();
  const ways = ["sync", "async"] as const;
  const workers = ways.map((way) => start({ act: "take once", mutex: mutex.handle, way }));
  mutex.acquire().catch(() => {}); // closing refuses it
  await untilWaiters(3);
  return workers;
}

if (scene === "process.exit while others wait") {
  await holdWhileOthersWait();
  process.exit(3);
} else if (scene === "terminated waiters, then a normal end") {
  const workers = await holdWhileOthersWait();
  for (const worker of workers) await worker.terminate();
  mutex.close();
} else if (scene === "waiters that do not count, then a normal end") {
  const workers = await holdWhileOthersWait();
  for (const worker of workers) worker.unref();
  mutex.close();
} else if (scene === "nothing but a pending acquire") {
  const holder = start({ act: "hold until", mutex: mutex.handle, waiters: 1, end: "release" });
  await new Promise((resolve) => holder.once("message", resolve));
  holder.unref();
  const guard = await mutex.acquire();
  guard.release();
  console.log("granted");
}
