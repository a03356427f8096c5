/** What a contender's process runs, in Node, Deno and Bun alike. */
import { OwnerClock, serveContender } from "@ticketlock/core";
import { ContenderPipe } from "./contender-pipe.ts";

const ownNs = (): bigint => process.hrtime.bigint();
const pipe = await ContenderPipe.open();
const clock = pipe.greeting.sharesClock
  ? OwnerClock.shared(ownNs)
  : await OwnerClock.calibrate(ownNs, () => pipe.askOwnerNs());

serveContender({
  post: (message) => pipe.post(message),
  listen: (listener) => pipe.listen(listener),
  nowNs: () => clock.nowNs(),
  clockErrorNs: clock.errorNs,
  importModule: (url) => import(url) as Promise<Record<string, unknown>>,
  end: () => pipe.end(),
});
