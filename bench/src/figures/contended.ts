import { alternate, ROUNDS } from "./alternate.ts";
import { CounterSession } from "./counter-session.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";
import { peerWindow } from "./peer-window.ts";

const WINDOW_MS = 200;
const CONTENDERS = 4;
const TOTAL = 10_000_000;

/** Four workers on one counter, beside four C threads on one. */
export const contended: Figure = {
  name: "contended-pthread",
  claim:
    "4 workers on one counter through FutexMutex: at most 1.5 times pthread per operation in the same layout; no lost update in 10 000 000",
  limit: { kind: "at-most", value: 1.5 },
  needs: { lock: "futex" },
  onlyWhenNamed: false,
  async measure(context: FigureContext): Promise<Measurement> {
    const session = await CounterSession.open(context.adapter!, "futex", CONTENDERS);
    let lost = 0;
    let disturbed = 0;
    try {
      const compared = await alternate(
        async () => {
          const window = await session.window(WINDOW_MS);
          lost += window.lostUpdates;
          return window.nsPerOperation;
        },
        async () => {
          const window = await peerWindow(context, "c", "", CONTENDERS, WINDOW_MS);
          if (window.disturbed) disturbed++;
          return window.nsPerOperation;
        },
        false,
      );
      lost += await session.countTo(TOTAL / CONTENDERS);
      return {
        ...compared,
        unit: "ns/op",
        detail: `${ROUNDS} rounds of ${WINDOW_MS} ms in turn; then ${TOTAL} increments, ${lost} lost; ${disturbed} rounds disturbed by other work`,
        faults: lost === 0 ? [] : [`${lost} lost updates`],
      };
    } finally {
      await session.close();
    }
  },
};
