import cluster from "node:cluster";
import { isMainThread } from "node:worker_threads";
import { TicketlockError } from "@ticketlock/core";
import { BrokerClient } from "./broker-client.ts";
import { clusterBroker } from "./cluster-broker.ts";
import { processWide } from "./process-wide.ts";
import { WorkerChannel } from "./worker-channel.ts";

/**
 * This process's line to the broker of its cluster: in the primary to the broker itself.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` where there can be none.
 */
export function localClient(): BrokerClient {
  if (!isMainThread) {
    throw unsupported(
      "it belongs to a process's main thread. Between threads share a lock in shared memory",
    );
  }
  if (cluster.isWorker && process.send === undefined) {
    throw unsupported(
      "this process has no channel to a cluster primary, though NODE_UNIQUE_ID says so. Start it with cluster.fork()",
    );
  }
  return processWide(
    "client",
    () => new BrokerClient(cluster.isPrimary ? clusterBroker().openChannel() : new WorkerChannel()),
  );
}

/** Sets the broker up, so that workers find it even if the primary itself never uses a lock. */
export function startBroker(): void {
  if (cluster.isPrimary && isMainThread) clusterBroker();
}

function unsupported(why: string): TicketlockError {
  return new TicketlockError("LOCK_UNSUPPORTED", `Cannot use a lock of kind ipc here: ${why}.`);
}
