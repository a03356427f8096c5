import { Worker } from "node:worker_threads";
import { openMappedMutex } from "../../src/index.ts";

/** Has two threads that sleep for a lock that somebody else holds; terminates one, and ends with the other asleep. */
const path = process.argv[2]!;
const mutex = openMappedMutex(path);
const threads = [0, 1].map(
  () => new Worker(new URL("./actor.ts", import.meta.url), { workerData: path }),
);
for (const thread of threads)
  thread.once("message", () => thread.postMessage({ name: "acquireSync" }));
const asleep = setInterval(async () => {
  if (mutex.query().waiters < 2) return;
  clearInterval(asleep);
  await threads[0]!.terminate();
  process.send!("asleep", () => process.exit(0));
}, 5);
