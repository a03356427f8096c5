// A primary that knows nothing of ticketlock, as a process manager's.
import cluster from "node:cluster";

if (cluster.isPrimary) {
  cluster.fork();
} else {
  const { openMutex } = await import("@ticketlock/node-cluster");
  await openMutex("orders", { kind: "ipc", stateDirectory: process.argv[2] }).catch((error) =>
    console.log(error.code, error.message),
  );
  process.exit();
}
