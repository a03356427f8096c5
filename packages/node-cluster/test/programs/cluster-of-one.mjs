// A cluster: its worker takes the lock of a name and holds it, or releases it, until the primary ends as told.
import cluster from "node:cluster";
import { openMutex } from "@ticketlock/node-cluster";

const [stateDirectory, ending] = process.argv.slice(2);
if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.on("message", (said) => {
    if (said.ticketlock !== undefined) return;
    console.log(said.join(" "));
    if (ending === "free") process.exit();
  });
} else {
  const said = [];
  try {
    const mutex = await openMutex("orders", { kind: "ipc", stateDirectory });
    const guard = await mutex.acquire();
    said.push("worker", process.pid, "token", guard.token, guard.abandoned);
    if (ending === "free") guard.release();
    if (ending === "free") await mutex.query(); // the release has arrived
  } catch (error) {
    said.push(error.code, error.message);
  }
  process.send(said);
  setInterval(() => undefined, 1_000);
}
