/**
 * What a contender's process runs. It ends with its primary: node:cluster sees the channel close
 * and exits.
 */
import cluster from "node:cluster";
import { serveContender, TicketlockError } from "@ticketlock/core";
import { isWrapped, wrap } from "./envelope.ts";
import { Outbox } from "./outbox.ts";
import { sendPutOff, sendToPrimary } from "./send-to-primary.ts";

/** How long what a workload left behind may keep the process, in case the primary is not there to end it. */
const END_LIMIT_MS = 5_000;

const outbox = new Outbox(sendToPrimary, () => {
  throw new TicketlockError(
    "QUEUE_FULL",
    "Cannot send to the session's owner: it does not read. Send less at a time, or await a request.",
  );
});

serveContender({
  post(message) {
    sendPutOff(); // whoever hears that a contender is done may rely on what it has released
    outbox.post(wrap("contender", message));
  },
  listen(listener) {
    process.on("message", (message) => {
      if (isWrapped(message, "contender")) listener(message.body);
    });
  },
  nowNs: () => process.hrtime.bigint(),
  importModule: (url) => import(url) as Promise<Record<string, unknown>>,
  end() {
    cluster.worker?.disconnect();
    setTimeout(() => process.exit(), END_LIMIT_MS).unref();
  },
});
