// A pending acquisition keeps a process alive, in the primary and in a worker that has let go of its channel.
import cluster from "node:cluster";
import { openMutex } from "@ticketlock/node-cluster";

const mutex = await openMutex("orders", { kind: "ipc", stateDirectory: process.argv[2] });
if (cluster.isPrimary) {
  const guard = await mutex.acquire();
  setTimeout(() => guard.release(), 50).unref(); // does not itself keep the process alive
  (await mutex.acquire()).release();
  console.log("primary acquired");
  const held = await mutex.acquire();
  const worker = cluster.fork();
  worker.on("message", (message) => message === "asking" && setTimeout(() => held.release(), 50));
  worker.on("exit", (code) => console.log("worker exit", code));
} else {
  process.channel.unref();
  process.send("asking");
  await mutex.acquire();
  console.log("worker acquired");
  process.exit(3);
}
