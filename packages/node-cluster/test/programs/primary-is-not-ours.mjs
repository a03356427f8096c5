// A primary that knows nothing of ticketlock, as a process manager's.
import cluster from "node:cluster";

if (cluster.isPrimary) {
  cluster.fork();
} else {
  const { openMutex } = await import("@ticketlock/node-cluster");
  const stateDirectory = process.argv[2];
  await openMutex("orders", { kind: "ipc", stateDirectory }).catch((error) =>
    console.log(error.code, error.message),
  );
  // The name is still free, and other kinds need no primary.
  for (const kind of ["sqlite", "mapped"]) {
    const mutex = await openMutex(kind === "sqlite" ? "orders" : kind, { kind, stateDirectory });
    const guard = await mutex.acquire();
    console.log(kind, "token", guard.token);
    guard.release();
    mutex.close();
  }
  process.exit();
}
