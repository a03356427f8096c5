// A worker that asks while its primary is stopped from outside.
import cluster from "node:cluster";
import { existsSync } from "node:fs";
import { openMutex } from "@ticketlock/node-cluster";

const [stateDirectory] = process.argv.slice(2);
if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization: "advanced" });
  cluster.fork();
} else {
  const mutex = await openMutex("orders", { kind: "ipc", stateDirectory });
  (await mutex.acquire()).release();
  console.log("worker ready");
  while (!existsSync(`${stateDirectory}.stopped`))
    await new Promise((resolve) => setTimeout(resolve, 5));
  await mutex.acquire({ timeoutMs: 50 }).catch((error) => console.log("worker", error.code));
  const guard = await mutex.acquire();
  console.log("worker granted", guard.token, guard.abandoned);
  process.exit();
}
