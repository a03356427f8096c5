// A worker that has left the cluster but runs on keeps its lock until it exits, and is told that nobody vouches for it.
import cluster from "node:cluster";
import { existsSync, writeFileSync } from "node:fs";
import { openMutex } from "@ticketlock/node-cluster";

const mutex = await openMutex("orders", { kind: "ipc", stateDirectory: process.argv[2] });
if (cluster.isPrimary) {
  const worker = cluster.fork();
  let exited = false;
  worker.on("exit", () => (exited = true));
  await new Promise((resolve) => worker.on("disconnect", resolve));
  console.log("primary tries:", (await mutex.tryAcquire()) === undefined ? "busy" : "taken");
  const granted = mutex.acquire();
  await mutex.query(); // answered after the acquisition has taken its place
  writeFileSync(process.argv[3], ""); // the worker, with whom there is no channel any more, may end
  const guard = await granted;
  console.log(
    "primary acquires:",
    guard.token,
    guard.abandoned,
    exited ? "after the exit" : "before the exit",
  );
} else {
  const guard = await mutex.acquire();
  const lost = new Promise((resolve) =>
    guard.signal.addEventListener("abort", () => resolve(guard.signal.reason)),
  );
  const pending = mutex.acquire().catch((error) => error);
  cluster.worker.disconnect();
  console.log(
    "worker:",
    (await lost).code,
    (await pending).code,
    (await mutex.acquire().catch((error) => error)).code,
  );
  while (!existsSync(process.argv[3])) await new Promise((resolve) => setTimeout(resolve, 5));
  let thrown;
  try {
    guard.release();
  } catch (error) {
    thrown = error.code;
  }
  guard.release();
  console.log("worker:", thrown);
}
