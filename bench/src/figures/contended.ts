import type { Runtime } from "@ticketlock/harness";
import type { PeerProgram } from "../peers/peer-programs.ts";
import { alternate, ROUNDS } from "./alternate.ts";
import { CounterSession, freshWindow } from "./counter-session.ts";
import type { Figure, FigureContext, Limit, Measurement } from "./figure.ts";
import { peerWindow } from "./peer-window.ts";
import { RUNTIME_NAMES } from "./runtime-names.ts";

const WINDOW_MS = 200;
const CONTENDERS = 4;
const TOTAL = 10_000_000;

interface Contended {
  readonly name: string;
  readonly claim: string;
  readonly limit: Limit;
  readonly lock: string;
  readonly program: PeerProgram;
  readonly kind: string;
  readonly runtime?: Runtime;
}

function figure({ name, claim, limit, lock, program, kind, runtime = "node" }: Contended): Figure {
  const invert = limit.kind === "at-least";
  return {
    name,
    claim,
    limit,
    needs: { lock, runtimes: [runtime] },
    onlyWhenNamed: false,
    async measure(context: FigureContext): Promise<Measurement> {
      let lost = 0;
      const {
        rounds,
        used: _,
        ...compared
      } = await alternate(
        async () => {
          const window = await freshWindow(context.adapter!, lock, CONTENDERS, WINDOW_MS);
          lost += window.lostUpdates;
          return window;
        },
        () => peerWindow(context, program, kind, CONTENDERS, WINDOW_MS),
        invert,
      );
      lost += await countToTotal(context.adapter!, lock);
      return {
        ...compared,
        unit: "ns/op",
        detail: `${ROUNDS} rounds of ${WINDOW_MS} ms in turn, fresh contenders each; then ${TOTAL} increments, ${lost} lost; ${rounds}`,
        faults: lost === 0 ? [] : [`${lost} lost updates`],
      };
    },
  };
}

async function countToTotal(
  adapter: NonNullable<FigureContext["adapter"]>,
  lock: string,
): Promise<number> {
  const session = await CounterSession.open(adapter, lock, CONTENDERS);
  try {
    return await session.countTo(TOTAL / CONTENDERS);
  } finally {
    await session.close();
  }
}

/** Four contenders on one counter, beside four of somebody else's on one. */
export const contended: readonly Figure[] = [
  figure({
    name: "contended-pthread",
    claim:
      "4 workers on one counter through FutexMutex: at most 1.5 times pthread per operation in the same layout; no lost update in 10 000 000",
    limit: { kind: "at-most", value: 1.5 },
    lock: "futex",
    program: "c",
    kind: "private",
  }),
  figure({
    name: "mapped-contended-robust",
    claim:
      "4 processes on one counter through MappedMutex: at most 1.5 times C's robust pthread mutex per operation; no lost update in 10 000 000",
    limit: { kind: "at-most", value: 1.5 },
    lock: "mapped",
    program: "c",
    kind: "robust",
  }),
  figure({
    name: "mapped-contended-multiprocessing",
    claim:
      "4 processes on one counter through MappedMutex: at least 8 times faster than Python's multiprocessing.Lock; no lost update in 10 000 000",
    limit: { kind: "at-least", value: 8 },
    lock: "mapped",
    program: "python",
    kind: "multiprocessing",
  }),
  ...(["deno", "bun"] as const).flatMap((runtime) => [
    figure({
      name: `contended-pthread-${runtime}`,
      claim: `4 workers of ${RUNTIME_NAMES[runtime]} on one counter through FutexMutex: at most 1.5 times pthread per operation in the same layout; no lost update in 10 000 000`,
      limit: { kind: "at-most", value: 1.5 },
      lock: "futex",
      program: "c",
      kind: "private",
      runtime,
    }),
    figure({
      name: `mapped-contended-robust-${runtime}`,
      claim: `4 processes of ${RUNTIME_NAMES[runtime]} on one counter through MappedMutex: at most 1.5 times C's robust pthread mutex per operation; no lost update in 10 000 000`,
      limit: { kind: "at-most", value: 1.5 },
      lock: "mapped",
      program: "c",
      kind: "robust",
      runtime,
    }),
  ]),
];
