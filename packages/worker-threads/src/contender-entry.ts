import { parentPort } from "node:worker_threads";
import { serveContender, TicketlockError } from "@ticketlock/core";

// The module that a contender's worker starts with: lends the thread's port, clock and loader to the protocol.
const port = parentPort;
if (port === null)
  throw new TicketlockError(
    "CONTENDER_FAILED",
    "Cannot serve as a contender: this is not a worker thread.",
  );

serveContender({
  post: (message) => port.postMessage(message),
  listen: (listener) => void port.on("message", listener),
  nowNs: () => process.hrtime.bigint(),
  importModule: (url) => import(url) as Promise<Record<string, unknown>>,
  end: () => port.close(),
});
