import type { Adapter } from "@ticketlock/core";
import { type Runtime, runtimes } from "@ticketlock/harness";
import { adapter as peerAdapter } from "../peers/peer-adapter.ts";
import type { PeerProgram } from "../peers/peer-programs.ts";
import { digits } from "../report/format.ts";
import { median } from "../statistics/interval.ts";
import { alternate, ROUNDS, type Sample } from "./alternate.ts";
import { freshNetWindow, freshWindow } from "./counter-session.ts";
import type { Figure, FigureContext, Limit, Measurement } from "./figure.ts";
import { peerWindow } from "./peer-window.ts";
import { RUNTIME_NAMES } from "./runtime-names.ts";

const WINDOW_MS = 100;
const LOCKFILE = "proper-lockfile";

interface Against {
  /** A peer's program, or the bench itself for one that has none. */
  readonly program: PeerProgram | "bench";
  readonly kind: string;
  /** Our side awaits every acquisition. */
  readonly async: boolean;
  readonly invert: boolean;
}

async function measure(
  context: FigureContext,
  lock: string,
  against: Against,
): Promise<Measurement> {
  const adapter = context.adapter!;
  const { program, kind, async, invert } = against;
  let lost = 0;
  let operations = 0;
  const {
    rounds,
    used: _,
    ...compared
  } = await alternate(
    async () => {
      const window = await freshWindow(adapter, lock, 1, WINDOW_MS, { async });
      lost += window.lostUpdates;
      operations += window.operations;
      return window;
    },
    () =>
      program === "bench"
        ? freshWindow(adapter, kind, 1, WINDOW_MS, { async: true, others: [peerAdapter] })
        : peerWindow(context, program, kind, 1, WINDOW_MS),
    invert,
  );
  return {
    ...compared,
    unit: "ns/op",
    detail: `${ROUNDS} rounds of ${WINDOW_MS} ms in turn, a fresh contender each, counter increment inside, ${operations} operations; ${rounds}`,
    faults: lost === 0 ? [] : [`${lost} lost updates`],
  };
}

/**
 * Python's increment of a shared counter takes 50 to 60 ns, ours 1 or 2: left in, it would stand for
 * the lock. Loop and increment are measured alone on both sides and subtracted.
 */
async function measureAgainstPython(context: FigureContext, lock: string): Promise<Measurement> {
  let lost = 0;
  const ownLoopNs: number[] = [];
  const pythonLoopNs: number[] = [];
  const bareCallsNs: number[] = [];
  const python = (kind: string): Promise<Sample> =>
    peerWindow(context, "python", kind, 1, WINDOW_MS);
  const { rounds, used, ...compared } = await alternate(
    async () => {
      const window = await freshNetWindow(context.adapter!, lock, WINDOW_MS);
      lost += window.lostUpdates;
      ownLoopNs.push(window.bareNs);
      return window;
    },
    async () => {
      const loop = await python("multiprocessing-loop");
      const statement = await python("multiprocessing");
      const calls = await python("multiprocessing-bare");
      pythonLoopNs.push(loop.nsPerOperation);
      bareCallsNs.push(calls.nsPerOperation - loop.nsPerOperation);
      return {
        nsPerOperation: statement.nsPerOperation - loop.nsPerOperation,
        disturbed: loop.disturbed || statement.disturbed || calls.disturbed,
      };
    },
    true,
  );
  const middle = (values: readonly number[]): number => median(used.map((round) => values[round]!));
  const callsNs = middle(bareCallsNs);
  return {
    ...compared,
    unit: "ns/op",
    detail: `${ROUNDS} rounds of ${WINDOW_MS} ms in turn, a fresh contender each; loop and increment, measured without a lock, are subtracted on both sides (${digits(middle(ownLoopNs))} ns here, ${digits(middle(pythonLoopNs))} in Python); the control is the with statement, whose __enter__ and __exit__ are Python functions; the bound acquire() and release() called bare, which nobody frees on an exception, take ${digits(callsNs)} ns, ${digits(callsNs / compared.value)} times ours; ${rounds}`,
    faults: lost === 0 ? [] : [`${lost} lost updates`],
  };
}

function figure(
  name: string,
  lock: string,
  claim: string,
  limit: Limit,
  against: Against,
  runtime: Runtime = "node",
): Figure {
  return {
    name,
    claim,
    limit,
    needs: { lock, runtimes: [runtime] },
    onlyWhenNamed: false,
    measure: (context) => measure(context, lock, against),
  };
}

/** What it costs that processes may share the lock: the same engine on memory of its own threads is the control. */
function mappedBesideFutex(runtime: Runtime): Figure {
  const [lock, control] = ["mapped", "futex"] as const;
  return {
    name: `mapped-uncontended-futex-${runtime}`,
    claim: `MappedMutex acquireSync + release in ${RUNTIME_NAMES[runtime]}: at most 1.3 times FutexMutex in the same runtime`,
    limit: { kind: "at-most", value: 1.3 },
    needs: { lock, control, runtimes: [runtime] },
    onlyWhenNamed: false,
    async measure({ adapter, control: controlAdapter }) {
      let lost = 0;
      const alone = async (of: Adapter, kind: string): Promise<Sample> => {
        const window = await freshWindow(of, kind, 1, WINDOW_MS);
        lost += window.lostUpdates;
        return window;
      };
      const {
        rounds,
        used: _,
        ...compared
      } = await alternate(
        () => alone(adapter!, lock),
        () => alone(controlAdapter!, control),
        false,
      );
      return {
        ...compared,
        unit: "ns/op",
        detail: `${ROUNDS} rounds of ${WINDOW_MS} ms in turn, a fresh process and a fresh thread, counter increment inside; ${rounds}`,
        faults: lost === 0 ? [] : [`${lost} lost updates`],
      };
    },
  };
}

function pythonFigure(name: string, lock: string, claim: string): Figure {
  return {
    name,
    claim,
    limit: { kind: "at-least", value: 8 },
    needs: { lock },
    onlyWhenNamed: false,
    measure: (context) => measureAgainstPython(context, lock),
  };
}

/** What an uncontended acquisition and release cost beside other people's. */
export const uncontended: readonly Figure[] = [
  figure(
    "uncontended-pthread",
    "futex",
    "FutexMutex acquireSync + release, guard and token included: at most 2.6 times a C pthread mutex with a second thread alive",
    { kind: "at-most", value: 2.6 },
    { program: "c", kind: "private", async: false, invert: false },
  ),
  pythonFigure(
    "uncontended-multiprocessing",
    "futex",
    "FutexMutex acquireSync + release: at least 8 times cheaper than taking Python's multiprocessing.Lock in a with statement",
  ),
  figure(
    "uncontended-navigator-locks",
    "futex",
    "FutexMutex acquireSync + release: at least 100 times cheaper than navigator.locks.request",
    { kind: "at-least", value: 100 },
    { program: "tasks", kind: "navigator.locks", async: false, invert: true },
  ),
  figure(
    "uncontended-async-mutex",
    "futex",
    "FutexMutex await acquire() + release: at least 4 times cheaper than async-mutex",
    { kind: "at-least", value: 4 },
    { program: "tasks", kind: "async-mutex", async: true, invert: true },
  ),
  figure(
    "uncontended-pthread-deno",
    "futex",
    "FutexMutex acquireSync + release in Deno, guard and token included: at most 2.6 times a C pthread mutex with a second thread alive",
    { kind: "at-most", value: 2.6 },
    { program: "c", kind: "private", async: false, invert: false },
    "deno",
  ),
  figure(
    "uncontended-pthread-bun",
    "futex",
    "FutexMutex acquireSync + release in Bun, guard and token included: at most 1.8 times a C pthread mutex with a second thread alive",
    { kind: "at-most", value: 1.8 },
    { program: "c", kind: "private", async: false, invert: false },
    "bun",
  ),
  figure(
    "uncontended-navigator-locks-deno",
    "futex",
    "FutexMutex acquireSync + release in Deno: at least 100 times cheaper than Deno's navigator.locks.request",
    { kind: "at-least", value: 100 },
    { program: "deno-tasks", kind: "navigator.locks", async: false, invert: true },
    "deno",
  ),
  ...runtimes.map(mappedBesideFutex),
  figure(
    "mapped-uncontended-robust",
    "mapped",
    "MappedMutex acquireSync + release in Node, guard and token included: at most 2.2 times a C pthread mutex that is process-shared and robust",
    { kind: "at-most", value: 2.2 },
    { program: "c", kind: "robust", async: false, invert: false },
  ),
  pythonFigure(
    "mapped-uncontended-multiprocessing",
    "mapped",
    "MappedMutex acquireSync + release: at least 8 times cheaper than taking Python's multiprocessing.Lock in a with statement",
  ),
  figure(
    "mapped-uncontended-lockfile",
    "mapped",
    "MappedMutex acquireSync + release: at least 1 000 times cheaper than proper-lockfile",
    { kind: "at-least", value: 1_000 },
    { program: "bench", kind: LOCKFILE, async: false, invert: true },
  ),
];
