// A worker releases its lock, which nobody waits for, and ends in the same turn of the event loop.
import cluster from "node:cluster";
import { openMutex } from "@ticketlock/node-cluster";

const [stateDirectory, ending] = process.argv.slice(2);
const mutex = await openMutex("orders", { kind: "ipc", stateDirectory });
if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.on("exit", async () => {
    const guard = await mutex.acquire();
    console.log(guard.token, guard.abandoned);
    process.exit();
  });
} else {
  const [guard, other] = [
    await mutex.acquire(),
    await openMutex("sales", { kind: "ipc", stateDirectory }),
  ];
  (await other.acquire()).release();
  guard.release();
  if (ending === "throw") throw new Error("on purpose");
  process.exit();
}
