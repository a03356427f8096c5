import { alternate, ROUNDS } from "./alternate.ts";
import { freshWindow } from "./counter-session.ts";
import type { Figure, FigureContext, Limit, Measurement } from "./figure.ts";
import { peerWindow } from "./peer-window.ts";

const WINDOW_MS = 100;
const LOCK = "futex";

interface Against {
  readonly runtime: "c" | "python" | "node";
  readonly kind: string;
  /** Our side awaits every acquisition. */
  readonly async: boolean;
  readonly invert: boolean;
}

async function measure(context: FigureContext, against: Against): Promise<Measurement> {
  let lost = 0;
  let disturbed = 0;
  let operations = 0;
  const compared = await alternate(
    async () => {
      const window = await freshWindow(context.adapter!, LOCK, 1, WINDOW_MS, against.async);
      lost += window.lostUpdates;
      operations += window.operations;
      return window.nsPerOperation;
    },
    async () => {
      const window = await peerWindow(context, against.runtime, against.kind, 1, WINDOW_MS);
      if (window.disturbed) disturbed++;
      return window.nsPerOperation;
    },
    against.invert,
  );
  return {
    ...compared,
    unit: "ns/op",
    detail: `${ROUNDS} rounds of ${WINDOW_MS} ms in turn, a fresh contender each, counter increment inside, ${operations} operations; ${disturbed} rounds disturbed by other work`,
    faults: lost === 0 ? [] : [`${lost} lost updates`],
  };
}

function figure(name: string, claim: string, limit: Limit, against: Against): Figure {
  return {
    name,
    claim,
    limit,
    needs: { lock: LOCK },
    onlyWhenNamed: false,
    measure: (context) => measure(context, against),
  };
}

/** What an uncontended acquisition and release cost beside other people's. */
export const uncontended: readonly Figure[] = [
  figure(
    "uncontended-pthread",
    "FutexMutex acquireSync + release, guard and token included: at most 2.6 times a C pthread mutex with a second thread alive",
    { kind: "at-most", value: 2.6 },
    { runtime: "c", kind: "", async: false, invert: false },
  ),
  figure(
    "uncontended-multiprocessing",
    "FutexMutex acquireSync + release: at least 8 times cheaper than Python's `with multiprocessing.Lock()`",
    { kind: "at-least", value: 8 },
    { runtime: "python", kind: "multiprocessing", async: false, invert: true },
  ),
  figure(
    "uncontended-navigator-locks",
    "FutexMutex acquireSync + release: at least 100 times cheaper than navigator.locks.request",
    { kind: "at-least", value: 100 },
    { runtime: "node", kind: "navigator.locks", async: false, invert: true },
  ),
  figure(
    "uncontended-async-mutex",
    "FutexMutex await acquire() + release: at least 4 times cheaper than async-mutex",
    { kind: "at-least", value: 4 },
    { runtime: "node", kind: "async-mutex", async: true, invert: true },
  ),
];
