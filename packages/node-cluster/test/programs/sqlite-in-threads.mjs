// Threads of one process, each with the lock open for itself, count together.
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { openMutex } from "@ticketlock/node-cluster";

const count = isMainThread ? new Int32Array(new SharedArrayBuffer(4)) : workerData.count;
const stateDirectory = isMainThread ? process.argv[2] : workerData.stateDirectory;
if (isMainThread) {
  const workers = [1, 2, 3].map(
    () => new Worker(new URL(import.meta.url), { workerData: { count, stateDirectory } }),
  );
  await Promise.all(workers.map((worker) => new Promise((ended) => worker.once("exit", ended))));
}
const mutex = await openMutex("orders", { kind: "sqlite", stateDirectory });
for (let i = 0; i < 20; i++) {
  await mutex.runExclusive(async () => {
    const seen = count[0];
    await new Promise((resolve) => setImmediate(resolve));
    count[0] = seen + 1;
  });
}
if (isMainThread) console.log(count[0], JSON.stringify(await mutex.query()));
if (isMainThread) mutex.close();
