// A cluster whose worker is inside a synchronous section, which ends when a file says so. It leaves a file of its own at the end.
import cluster from "node:cluster";
import { existsSync, writeFileSync } from "node:fs";
import { openMutex } from "@ticketlock/node-cluster";

const [stateDirectory, mayLeave, left] = process.argv.slice(2);
if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.on("message", (said) => {
    if (said.ticketlock === undefined) console.log(said.join(" "));
  });
} else {
  const mutex = await openMutex("orders", { kind: "ipc", stateDirectory });
  const guard = await mutex.acquire();
  await new Promise((sent) => process.send([process.pid, guard.token], sent));
  const nap = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(mayLeave)) Atomics.wait(nap, 0, 0, 5);
  writeFileSync(left, "");
}
