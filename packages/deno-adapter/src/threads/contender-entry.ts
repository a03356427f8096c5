import { OwnerClock, serveContender } from "@ticketlock/core";
import { workerScope } from "../deno-globals.ts";
import { ownNs } from "./clock.ts";
import { CLOCK, type ClockMessage, GOODBYE, HELLO, isMessage, UNLOAD } from "./messages.ts";
import { platform, threadNumber } from "./threads.ts";

// The module that a contender's worker starts with: lends the thread's messages, clock and loader to the protocol.
const early: unknown[] = [];
let listener = (message: unknown): void => void early.push(message);
let answered = (_nowNs: bigint): void => {};

workerScope.addEventListener("message", ({ data }) => {
  if (isMessage<ClockMessage>(data, CLOCK)) answered(BigInt(data.nowNs ?? 0));
  else listener(data);
});
const { osThreadId, osThreadStart } = platform;
workerScope.postMessage({ type: HELLO, threadNumber, osThreadId, osThreadStart });
workerScope.addEventListener("unload", () => workerScope.postMessage({ type: UNLOAD }));

const clock = await OwnerClock.calibrate(
  ownNs,
  () =>
    new Promise((resolve) => {
      answered = resolve;
      workerScope.postMessage({ type: CLOCK });
    }),
);

serveContender({
  post: (message) => workerScope.postMessage(message),
  listen: (listen) => {
    listener = listen;
    early.splice(0).forEach(listen);
  },
  nowNs: () => clock.nowNs(),
  clockErrorNs: clock.errorNs,
  importModule: (url) => import(url) as Promise<Record<string, unknown>>,
  end: () => {
    workerScope.postMessage({ type: GOODBYE });
    workerScope.close();
  },
});
