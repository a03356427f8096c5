import { parentPort, workerData } from "node:worker_threads";
import { OwnerClock, serveContender, TicketlockError } from "@ticketlock/core";
import { clockMessage, isClockMessage } from "./clock-message.ts";

// The module that a contender's worker starts with: lends the thread's port, clock and loader to the protocol.
const port = parentPort;
if (port === null)
  throw new TicketlockError(
    "CONTENDER_FAILED",
    "Cannot serve as a contender: this is not a worker thread.",
  );

/** What the owner says before it is listened to. */
const early: unknown[] = [];
let listener = (message: unknown): void => void early.push(message);
let answer: ((ownerNs: bigint) => void) | undefined;
port.on("message", (message: unknown) => {
  if (isClockMessage(message)) answer?.(message.nowNs ?? 0n);
  else listener(message);
});

const ownNs = (): bigint => process.hrtime.bigint();
const { sharesClock } = workerData as { readonly sharesClock: boolean };
const clock = sharesClock
  ? OwnerClock.shared(ownNs)
  : await OwnerClock.calibrate(
      ownNs,
      () =>
        new Promise((resolve) => {
          answer = resolve;
          port.postMessage(clockMessage());
        }),
    );

serveContender({
  post: (message) => port.postMessage(message),
  listen: (listen) => {
    listener = listen;
    early.splice(0).forEach(listen);
  },
  nowNs: () => clock.nowNs(),
  clockErrorNs: clock.errorNs,
  importModule: (url) => import(url) as Promise<Record<string, unknown>>,
  end: () => port.close(),
});
