import { alternate, ROUNDS } from "./alternate.ts";
import { CounterSession, freshWindow } from "./counter-session.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";
import { peerWindow } from "./peer-window.ts";

const LOCK = "futex";
const WINDOW_MS = 200;
const CONTENDERS = 4;
const TOTAL = 10_000_000;

/** Four workers on one counter, beside four C threads on one. */
export const contended: Figure = {
  name: "contended-pthread",
  claim:
    "4 workers on one counter through FutexMutex: at most 1.5 times pthread per operation in the same layout; no lost update in 10 000 000",
  limit: { kind: "at-most", value: 1.5 },
  needs: { lock: LOCK },
  onlyWhenNamed: false,
  async measure(context: FigureContext): Promise<Measurement> {
    let lost = 0;
    const {
      rounds,
      used: _,
      ...compared
    } = await alternate(
      async () => {
        const window = await freshWindow(context.adapter!, LOCK, CONTENDERS, WINDOW_MS);
        lost += window.lostUpdates;
        return window;
      },
      () => peerWindow(context, "c", "", CONTENDERS, WINDOW_MS),
      false,
    );
    lost += await countToTotal(context.adapter!);
    return {
      ...compared,
      unit: "ns/op",
      detail: `${ROUNDS} rounds of ${WINDOW_MS} ms in turn, fresh contenders each; then ${TOTAL} increments, ${lost} lost; ${rounds}`,
      faults: lost === 0 ? [] : [`${lost} lost updates`],
    };
  },
};

async function countToTotal(adapter: NonNullable<FigureContext["adapter"]>): Promise<number> {
  const session = await CounterSession.open(adapter, LOCK, CONTENDERS);
  try {
    return await session.countTo(TOTAL / CONTENDERS);
  } finally {
    await session.close();
  }
}
